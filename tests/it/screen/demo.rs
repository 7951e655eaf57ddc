//! A sandbox with the demonstration, which is made once and copied for each test.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
    time::SystemTime,
};

use tempfile::TempDir;
use unrewind::{config::Config, core::make_demo};

use crate::sandbox::{Sandbox, age, now};

struct File {
    path: PathBuf,
    bytes: Vec<u8>,
    modified: SystemTime,
}

impl Sandbox {
    /// The demonstration at [`now`].
    pub fn demo() -> Self {
        static FILES: OnceLock<Vec<File>> = OnceLock::new();
        let sandbox = Self::without_tables();
        for file in FILES.get_or_init(make_files) {
            let path = sandbox.data().join(&file.path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &file.bytes).unwrap();
            age(&path, file.modified.into());
        }
        sandbox
    }
}

fn make_files() -> Vec<File> {
    let folder = TempDir::new().unwrap();
    let profile = Config::defaults().unwrap().profile;
    make_demo(folder.path(), &profile, now()).unwrap();
    let mut files = Vec::new();
    read(folder.path(), Path::new(""), &mut files);
    files
}

fn read(folder: &Path, within: &Path, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder.join(within)).unwrap() {
        let path = within.join(entry.unwrap().file_name());
        let whole = folder.join(&path);
        if whole.is_dir() {
            read(folder, &path, files);
        } else {
            files.push(File {
                path,
                bytes: fs::read(&whole).unwrap(),
                modified: whole.metadata().unwrap().modified().unwrap(),
            });
        }
    }
}
