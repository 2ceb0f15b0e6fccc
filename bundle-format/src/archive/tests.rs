use alloc::string::String;
use alloc::vec::Vec;

use super::*;

/// Enough that deflate would shrink them more than 100 times.
const ZEROS: usize = 4_000;

fn sample() -> Vec<u8> {
    let text = b"the same words again and again, the same words again and again".repeat(4);
    let random: Vec<u8> = (0..4_u8)
        .flat_map(|i| crate::digest::sha256(&[i]).0)
        .collect();
    let files = [
        (String::from("mimetype"), store(b"application/test")),
        ("data/empty".into(), pack(b"")),
        ("data/text".into(), pack(&text)),
        ("data/random".into(), pack(&random)),
        ("data/zeros".into(), pack(&[0; ZEROS])),
    ];
    archive(&files).unwrap()
}

fn read_all(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>, MemberDigests)>, String> {
    let archive = Archive::open(bytes).map_err(|e| alloc::format!("{e}"))?;
    let mut out = Vec::new();
    for member in archive.members() {
        let (content, digests) = archive
            .stream(member)
            .read_all(1 << 16)
            .map_err(|e| alloc::format!("{e}"))?;
        out.push((member.name.clone(), content, digests));
    }
    Ok(out)
}

#[test]
fn what_is_written_is_read() {
    let bytes = sample();
    let archive = Archive::open(bytes.as_slice()).unwrap();
    let methods: Vec<Method> = archive.members().iter().map(|m| m.method).collect();
    let (stored, deflate) = (Method::Stored, Method::Deflate);
    // A run of zeros would shrink too far and is stored.
    assert_eq!(methods, [stored, stored, deflate, stored, stored]);
    let files = read_all(&bytes).unwrap();
    assert_eq!(files[0].1, b"application/test");
    assert_eq!(files[2].1.len(), 248);
    assert_eq!(files[4].1, [0; ZEROS]);
}

#[test]
fn every_bit_of_headers_and_packed_octets_counts() {
    let mut bytes = sample();
    let want = read_all(&bytes).unwrap();
    // One zero is as good as another: of the long run, a few bits stand for all.
    let start = bytes.windows(ZEROS).position(|w| w == [0; ZEROS]).unwrap();
    let run = start..start + ZEROS;
    let bits = (0..bytes.len()).flat_map(|at| (0..8).map(move |bit| (at, bit)));
    for (at, bit) in bits.filter(|(at, bit)| !run.contains(at) || (at * 8 + bit) % 331 == 0) {
        bytes[at] ^= 1 << bit;
        // The padding after a deflate stream gives no content: there the digest over the
        // octets, which the manifest signs, is what changes.
        assert!(
            read_all(&bytes).as_ref() != Ok(&want),
            "byte {at} bit {bit}"
        );
        bytes[at] ^= 1 << bit;
    }
}

#[test]
fn a_cut_archive_is_refused_everywhere() {
    let bytes = sample();
    for end in (0..bytes.len()).step_by(31) {
        assert!(Archive::open(&bytes[..end]).is_err(), "{end}");
    }
}
