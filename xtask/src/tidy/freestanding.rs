//! The pure crates link into a static library that brings its own panic handler and allocator:
//! were `std` anywhere below them, there would be two.

use std::path::Path;

use crate::Outcome;
use crate::shell::{cargo, read, root, run, write};

/// Folder, crate, and an expression that makes the linker take its code along.
const CRATES: [(&str, &str, &str); 3] = [
    (
        "bundle-format",
        "proofline-format",
        "proofline_format::json::parse(bytes).is_ok()",
    ),
    (
        "attribution",
        "proofline-attribution",
        "proofline_attribution::Fold::default().lose(core::str::from_utf8(bytes).unwrap_or(\"\")).is_ok()",
    ),
    ("tsa/core", "proofline-tsa", "!bytes.is_empty()"),
];

const MANIFEST: &str = "\
[package]
name = \"freestanding\"
version = \"0.0.0\"
edition = \"2024\"
publish = false

[workspace]

[lib]
path = \"lib.rs\"
crate-type = [\"staticlib\"]

[profile.dev]
panic = \"abort\"

[dependencies]
";

const HEAD: &str = "\
#![no_std]

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::null_mut;

struct NoMemory;

// SAFETY: an allocator that refuses every request keeps every promise.
unsafe impl GlobalAlloc for NoMemory {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        null_mut()
    }
    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: NoMemory = NoMemory;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
";

pub(super) fn check() -> Outcome {
    let folder = root().join("target/xtask/freestanding");
    let (mut manifest, mut source) = (String::from(MANIFEST), String::from(HEAD));
    for (path, name, expression) in CRATES {
        if !root().join(path).join("Cargo.toml").is_file() {
            continue;
        }
        let absolute = root().join(path);
        manifest.push_str(&format!(
            "{name} = {{ path = \"{}\" }}\n",
            absolute.display()
        ));
        let symbol = name.replace('-', "_");
        source.push_str(&format!(
            "\nextern crate {symbol};\n\n#[unsafe(no_mangle)]\npub extern \"C\" fn uses_{symbol}(length: usize) -> bool {{\n    \
             let bytes: &[u8] = if length == 0 {{ &[] }} else {{ b\"{{}}\" }};\n    {expression}\n}}\n"
        ));
    }
    write(&folder.join("Cargo.toml"), &manifest)?;
    write(&folder.join("lib.rs"), &source)?;
    // The same versions as everywhere else; cargo drops what this crate does not need.
    write(
        &folder.join("Cargo.lock"),
        &read(&root().join("Cargo.lock"))?,
    )?;
    build(&folder)
}

fn build(folder: &Path) -> Outcome {
    let manifest = folder.join("Cargo.toml");
    let words = ["build", "--quiet", "--offline", "--manifest-path"];
    run(cargo()
        .args(words)
        .arg(manifest)
        .env("CARGO_TARGET_DIR", folder.join("target")))
    .map_err(|reason| format!("the pure crates do not link without std: {reason}"))
}
