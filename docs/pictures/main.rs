//! Draws the pictures in `screenshots/`: each screen as SVG, the moving picture as animated SVG, and
//! each still picture as PNG. Run it with
//! `cargo bench --bench pictures --profile dev`.

#[expect(
    dead_code,
    reason = "the tests' sandbox and screen do more than pictures need"
)]
#[path = "../../tests/it"]
mod it {
    pub mod chat;
    pub mod pictures;
    pub mod sandbox;
    pub mod screen;
    pub mod system;
}
mod picture;

use std::{env, fs, io, process::Command};

use it::{chat, pictures::Picture, sandbox, system};

fn main() -> io::Result<()> {
    for drawn in Picture::all() {
        let svg = picture::svg(&drawn.frames, "unrewind", &drawn.fingerprint());
        fs::write(drawn.path(), svg)?;
    }
    let package = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/pictures/png/Cargo.toml");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let drawn = Command::new(cargo)
        .args(["run", "--quiet", "--release", "--manifest-path", package])
        .status()?;
    if drawn.success() {
        Ok(())
    } else {
        Err(io::Error::other("the PNG pictures are not drawn"))
    }
}
