//! `make bindings`: writes v4l2m2m/src/sys/lp64.rs anew.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    let path = v4l2m2m_bindings::committed();
    let written = v4l2m2m_bindings::generate()
        .map_err(|e| e.to_string())
        .and_then(|text| std::fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display())));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("bindings: {e}");
            ExitCode::FAILURE
        }
    }
}
