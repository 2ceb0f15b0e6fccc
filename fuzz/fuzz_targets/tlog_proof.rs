//! A proof file that is accepted is written back as it was; checking it does not panic.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    use proofline_format::checkpoint::Checkpoint;
    use proofline_format::digest::sha256;
    use proofline_format::merkle::proof::verify_inclusion;
    use proofline_format::tlog_proof::TlogProof;

    if let Ok(proof) = TlogProof::parse(bytes) {
        assert_eq!(proof.to_bytes(), bytes);
        if let Ok(checkpoint) = Checkpoint::parse(&proof.checkpoint.text) {
            let leaf = sha256(bytes);
            let root = &checkpoint.root;
            let _ = verify_inclusion(&leaf, proof.index, checkpoint.size, &proof.hashes, root);
        }
    }
});
