//! Every shape in which git keeps HEAD and work trees, written out by hand.

use super::*;

const SHA1: &str = "0123456789abcdef0123456789abcdef01234567";
const SHA256: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, path: &str, text: &str) -> &Self {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn head(&self) -> Option<String> {
        Repository::containing(&self.at("x")).unwrap().head_commit()
    }
}

#[test]
fn head_is_read_in_every_shape() {
    let loose = Folder::new();
    loose
        .file(".git/HEAD", "ref: refs/heads/main\n")
        .file(".git/refs/heads/main", &format!("{SHA1}\n"));
    assert_eq!(loose.head().as_deref(), Some(SHA1));

    let detached = Folder::new();
    detached.file(".git/HEAD", &format!("{SHA256}\n"));
    assert_eq!(detached.head().as_deref(), Some(SHA256));

    let packed = Folder::new();
    packed.file(".git/HEAD", "ref: refs/heads/a/b\n").file(
        ".git/packed-refs",
        &format!(
            "# pack-refs with: peeled\n{SHA256} refs/heads/a\n{SHA1} refs/heads/a/b\n^{SHA256}\n"
        ),
    );
    assert_eq!(packed.head().as_deref(), Some(SHA1));

    let loose_wins = packed.file(".git/refs/heads/a/b", &format!("{SHA256}\n"));
    assert_eq!(loose_wins.head().as_deref(), Some(SHA256));

    let unborn = Folder::new();
    unborn.file(".git/HEAD", "ref: refs/heads/main\n");
    assert_eq!(unborn.head(), None);

    let odd = Folder::new();
    odd.file(".git/HEAD", "ref: ../../etc/passwd\n");
    assert_eq!(odd.head(), None);
    odd.file(".git/HEAD", "ref: refs/heads/loop\n")
        .file(".git/refs/heads/loop", "ref: refs/heads/loop\n");
    assert_eq!(odd.head(), None);
}

#[test]
fn linked_work_trees_share_the_main_store() {
    let folder = Folder::new();
    let link = format!("gitdir: {}\n", folder.at("main/.git/worktrees/w").display());
    folder
        .file("main/.git/HEAD", "ref: refs/heads/main\n")
        .file("main/.git/refs/heads/main", SHA1)
        .file("main/.git/refs/heads/w", SHA256)
        .file("main/.git/worktrees/w/HEAD", "ref: refs/heads/w\n")
        .file("main/.git/worktrees/w/commondir", "../..\n")
        .file("linked/.git", &link);
    let linked = Repository::containing(&folder.at("linked/src/deep/new.rs")).unwrap();
    assert_eq!(linked.root(), folder.at("linked"));
    assert_eq!(linked.main_root(), folder.at("main"));
    assert_eq!(linked.head_commit().as_deref(), Some(SHA256));
    let main = Repository::containing(&folder.at("main/a")).unwrap();
    assert_eq!(main.store_dir(), linked.store_dir());
    assert_eq!(main.head_commit().as_deref(), Some(SHA1));
}

#[test]
fn a_submodule_is_a_repository_of_its_own() {
    let folder = Folder::new();
    folder
        .file("top/.git/HEAD", "ref: refs/heads/main\n")
        .file("top/.git/modules/sub/HEAD", SHA1)
        .file("top/sub/.git", "gitdir: ../.git/modules/sub\n");
    let sub = Repository::containing(&folder.at("top/sub/file")).unwrap();
    assert_eq!(sub.main_root(), folder.at("top/sub"));
    assert_eq!(sub.head_commit().as_deref(), Some(SHA1));
}

#[test]
fn paths_are_relative_to_the_root_or_outside() {
    let folder = Folder::new();
    folder.file(".git/HEAD", SHA1).file("src/a.rs", "");
    let repository = Repository::containing(&folder.at("src/a.rs")).unwrap();
    let relative = |path: &Path| {
        repository
            .relative(path)
            .map(|p| String::from_utf8(p).unwrap())
    };
    assert_eq!(
        relative(&folder.at("src/a.rs")).as_deref(),
        Some("src/a.rs")
    );
    assert_eq!(relative(&folder.at("src/../b")).as_deref(), Some("b"));
    assert_eq!(relative(Path::new("new/c")).as_deref(), Some("new/c"));
    assert_eq!(relative(Path::new("../other")), None);
    assert_eq!(relative(Path::new("/etc/passwd")), None);
    assert_eq!(relative(folder.0.path()), None);

    let other = tempfile::tempdir().unwrap();
    let link = other.path().join("link");
    std::os::unix::fs::symlink(folder.0.path(), &link).unwrap();
    assert_eq!(
        relative(&link.join("src/a.rs")).as_deref(),
        Some("src/a.rs")
    );
}

#[test]
fn a_folder_without_git_is_its_own_root() {
    let folder = Folder::new();
    folder.file("a/.git", "not a git file");
    let plain = Repository::without_git(&folder.at("a"));
    assert_eq!((plain.head_commit(), plain.has_git()), (None, false));
    assert_eq!(plain.main_root(), folder.at("a"));
}
