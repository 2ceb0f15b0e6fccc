//! An archive is opened and every file read to its end, within the limits, or refused.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    use proofline_format::archive::Archive;

    if let Ok(archive) = Archive::open(bytes) {
        for member in archive.members() {
            if let Ok((content, _)) = archive.stream(member).read_all(1 << 20) {
                assert_eq!(u64::try_from(content.len()), Ok(member.size_bytes));
            }
        }
    }
});
