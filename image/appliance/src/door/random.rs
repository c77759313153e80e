//! Secrets, by the system's randomness.

use ring::rand::{SecureRandom, SystemRandom};

/// As many bytes as wanted, known to nobody.
///
/// # Panics
/// When the system has no randomness to give: then there are no secrets, and nothing may be guarded by one.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).expect("the system's randomness (getrandom)");
    bytes
}
