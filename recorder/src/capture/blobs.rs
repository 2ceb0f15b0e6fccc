//! Blobs, many at once, from one `git cat-file --batch`.

use std::io;

use super::git_process::Git;

/// A blob of git.
#[derive(Debug, Clone)]
pub(crate) struct Blob {
    pub(crate) oid: String,
    pub(crate) content: Vec<u8>,
}

/// The blobs of object names, in order; `None` where there is none.
pub(crate) fn read_blobs(
    git: &Git<'_>,
    asked: &[Option<Vec<u8>>],
) -> io::Result<Vec<Option<Blob>>> {
    let lines: Vec<&[u8]> = asked.iter().flatten().map(Vec::as_slice).collect();
    if lines.is_empty() {
        return Ok(asked.iter().map(|_| None).collect());
    }
    let input = [lines.join(b"\n".as_slice()), b"\n".to_vec()].concat();
    let output = git.run(&["cat-file", "--batch"], &input)?;
    let mut rest = output.as_slice();
    asked
        .iter()
        .map(|name| {
            name.as_ref()
                .map_or(Ok(None), |name| next_blob(&mut rest, name))
        })
        .collect()
}

/// `<oid> SP blob SP <size> LF <content> LF`, or `<name> SP missing LF`.
fn next_blob(rest: &mut &[u8], name: &[u8]) -> io::Result<Option<Blob>> {
    let cut = || io::Error::new(io::ErrorKind::InvalidData, "git cat-file: output is cut");
    let missing = [name, b" missing\n"].concat();
    if let Some(tail) = rest.strip_prefix(missing.as_slice()) {
        *rest = tail;
        return Ok(None);
    }
    let end = rest
        .iter()
        .position(|&byte| byte == b'\n')
        .ok_or_else(cut)?;
    let header = rest
        .get(..end)
        .and_then(|line| std::str::from_utf8(line).ok())
        .ok_or_else(cut)?;
    let mut fields = header.split(' ');
    let (oid, kind, size) = (fields.next(), fields.next(), fields.next());
    let size: usize = size.and_then(|size| size.parse().ok()).ok_or_else(cut)?;
    let start = end.checked_add(1).ok_or_else(cut)?;
    let stop = start.checked_add(size).ok_or_else(cut)?;
    let content = rest.get(start..stop).ok_or_else(cut)?.to_vec();
    *rest = rest
        .get(stop.checked_add(1).ok_or_else(cut)?..)
        .unwrap_or_default();
    let blob = Blob {
        oid: oid.unwrap_or_default().into(),
        content,
    };
    Ok((kind == Some("blob")).then_some(blob))
}
