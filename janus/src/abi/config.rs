//! Janus's own reader of configuration files, so that ours read exactly as Janus's do.

use super::core::{Core, c_text};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::Path;
use std::ptr::{self, NonNull};

/// `janus_config_type_item`.
pub const ITEM: c_int = 2;
/// `janus_config_type_category`.
pub const CATEGORY: c_int = 3;

/// `janus_config_container`.
#[repr(C)]
#[derive(Debug)]
pub struct Container {
    /// `janus_config_type`.
    pub kind: c_int,
    /// Its name.
    pub name: *const c_char,
    /// An item's value.
    pub value: *const c_char,
    /// A category's items.
    pub list: *mut c_void,
}

/// A parsed configuration file.
pub struct ConfigFile<'a> {
    core: &'a Core,
    config: NonNull<c_void>,
}

impl<'a> ConfigFile<'a> {
    /// Parses the file; `None` when Janus cannot, which it then has logged.
    pub fn parse(core: &'a Core, path: &Path) -> Option<ConfigFile<'a>> {
        let path = c_text(&path.to_string_lossy());
        // SAFETY: a C string; the result is ours, or null.
        let config = NonNull::new(unsafe { (core.config_parse)(path.as_ptr()) })?;
        Some(ConfigFile { core, config })
    }

    /// The value of a key in a section.
    pub fn get(&self, section: &str, key: &str) -> Option<String> {
        let (section, key) = (c_text(section), c_text(key));
        let config = self.config.as_ptr();
        // SAFETY: a live configuration, C strings, and a parent (null for the top) from the same configuration.
        unsafe {
            let section = (self.core.config_get)(config, ptr::null_mut(), CATEGORY, section.as_ptr());
            if section.is_null() {
                return None;
            }
            let item = (self.core.config_get)(config, section.cast(), ITEM, key.as_ptr());
            if item.is_null() || (*item).value.is_null() {
                return None;
            }
            Some(CStr::from_ptr((*item).value).to_string_lossy().into_owned())
        }
    }
}

impl Drop for ConfigFile<'_> {
    fn drop(&mut self) {
        // SAFETY: parsed by the same core, destroyed once.
        unsafe { (self.core.config_destroy)(self.config.as_ptr()) };
    }
}
