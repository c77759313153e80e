//! Files of the state folder.
//!
//! What must always hold: nobody but this program's user can read them, and power may go at any moment: a file is the old one or the
//! new one, whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot {what} {path}: {why}; give a --state folder that belongs to this user")]
pub struct FileError {
    /// Read, write or remove.
    what: &'static str,
    /// Which one.
    path: PathBuf,
    /// The system's reason.
    pub why: io::Error,
}

impl FileError {
    fn of(what: &'static str, folder: &Path, name: &str) -> impl FnOnce(io::Error) -> FileError {
        let path = folder.join(name);
        move |why| FileError { what, path, why }
    }
}

/// Writes `bytes` as the file `name` of `folder`.
///
/// # Errors
/// What the system says.
pub fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), FileError> {
    let replace = || {
        let new = folder.join(format!("{name}.new"));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, folder.join(name))?;
        File::open(folder)?.sync_all()
    };
    replace().map_err(FileError::of("write", folder, name))
}

/// The file `name` of `folder`; `None`: there is none.
///
/// # Errors
/// What the system says.
pub fn read(folder: &Path, name: &str) -> Result<Option<Vec<u8>>, FileError> {
    match fs::read(folder.join(name)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::of("read", folder, name)(error)),
    }
}

/// Removes the file `name` of `folder`, if it is there.
///
/// # Errors
/// What the system says.
pub fn remove(folder: &Path, name: &str) -> Result<(), FileError> {
    let removed = match fs::remove_file(folder.join(name)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => File::open(folder).and_then(|folder| folder.sync_all()),
    };
    removed.map_err(FileError::of("remove", folder, name))
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// A folder that goes with the value.
    pub struct Folder(pub PathBuf);

    impl Folder {
        pub fn new() -> Self {
            static COUNT: AtomicU32 = AtomicU32::new(0);
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("door-{}-{number}", std::process::id()));
            fs::create_dir(&path).expect("a new folder");
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_file_is_its_users_alone_and_replaced_as_a_whole() {
        let folder = Folder::new();
        assert_eq!(read(&folder.0, "a").unwrap(), None);
        write(&folder.0, "a", b"one").unwrap();
        write(&folder.0, "a", b"two").unwrap();
        assert_eq!(read(&folder.0, "a").unwrap().as_deref(), Some(&b"two"[..]));
        assert_eq!(fs::metadata(folder.0.join("a")).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1, "nothing is left over");
        remove(&folder.0, "a").unwrap();
        remove(&folder.0, "a").unwrap();
        assert_eq!(read(&folder.0, "a").unwrap(), None);
    }
}
