//! The files of the source, their modules, and the paths they name.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::tokens::{paths, tokens};

/// One file: its path, its module and its text.
pub struct Source {
    pub path: PathBuf,
    pub module: Vec<String>,
    pub text: String,
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below those of these folders that exist.
pub fn files(folders: &[&str]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The crate's files, without their unit tests.
pub fn sources() -> Vec<Source> {
    let source = |path: PathBuf| {
        let module = path
            .strip_prefix(root().join("src"))
            .unwrap()
            .with_extension("");
        let module = module.iter().map(|part| part.to_str().unwrap().to_owned());
        let text = fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap().to_owned();
        Source {
            module: module.filter(|part| part != "lib").collect(),
            path,
            text,
        }
    };
    let sources: Vec<_> = files(&["src"]).into_iter().map(source).collect();
    assert!(sources.len() > 40, "src/ has too few files: did it move?");
    sources
}

impl Source {
    /// Every path that the file names: first those of this crate, in full and without `crate`, then the others.
    pub fn paths(&self, modules: &[Vec<String>]) -> (Vec<Vec<String>>, Vec<Vec<String>>) {
        let (mut own, mut foreign) = (Vec::new(), Vec::new());
        for path in paths(&tokens(&self.text)) {
            let supers = path.iter().take_while(|part| *part == "super").count();
            let beside = [&self.module[..], &path[..1]].concat();
            match path[0].as_str() {
                "crate" | "unrewind" => own.push(path[1..].to_vec()),
                "self" => own.push([&self.module[..], &path[1..]].concat()),
                "super" => {
                    let above = &self.module[..self.module.len() - supers];
                    own.push([above, &path[supers..]].concat());
                }
                _ if modules.contains(&beside) => own.push([&self.module[..], &path[..]].concat()),
                _ => foreign.push(path),
            }
        }
        (own, foreign)
    }

    pub fn name(&self) -> String {
        self.path
            .strip_prefix(root())
            .unwrap()
            .display()
            .to_string()
    }

    pub fn is_in(&self, module: &str) -> bool {
        self.module.first().is_some_and(|first| first == module)
    }
}
