//! Seconds as C's `long double`, which the ABI stores its times in and Rust has no type for.
//!
//! The format belongs to the processor: x86-64 has the 80-bit x87 one in 16 bytes, aarch64 and riscv64 have IEEE 754
//! binary128. Both are made from whole microseconds by integer arithmetic, rounded to nearest even, which is what a C
//! compiler's `us / 1000000.0L` gives; both are compiled and tested everywhere.

use crate::time::Micros;

/// Stored size of a `long double`, in bytes.
pub(crate) const SIZE: usize = 16;
const MILLION: u128 = 1_000_000;
const BIAS: i32 = 16_383;

/// Seconds in this processor's format.
pub(crate) fn encode(time: Micros) -> [u8; SIZE] {
    if cfg!(target_arch = "x86_64") { encode_x87(time) } else { encode_binary128(time) }
}

/// The moment in this processor's format; whatever is no sensible time (negative, NaN, too large) is 0.
pub(crate) fn decode(bytes: [u8; SIZE]) -> Micros {
    if cfg!(target_arch = "x86_64") { decode_x87(bytes) } else { decode_binary128(bytes) }
}

/// `time` in seconds as `mantissa * 2^exponent` with exactly `bits` significant bits.
fn quotient(time: Micros, bits: u32) -> (u128, i32) {
    let (mut mantissa, mut rest) = (u128::from(time.0) / MILLION, u128::from(time.0) % MILLION);
    let mut exponent = 0;
    while mantissa < 1 << (bits - 1) {
        rest <<= 1;
        mantissa = (mantissa << 1) | u128::from(rest >= MILLION);
        rest %= MILLION;
        exponent -= 1;
    }
    let doubled = rest << 1;
    if doubled > MILLION || (doubled == MILLION && mantissa & 1 == 1) {
        mantissa += 1;
    }
    if mantissa >> bits != 0 { (mantissa >> 1, exponent + 1) } else { (mantissa, exponent) }
}

/// `mantissa * 2^exponent` seconds, to the nearest microsecond; the mantissa has at most 64 bits.
fn micros(mantissa: u64, exponent: i32) -> Micros {
    let product = u128::from(mantissa) * MILLION;
    match exponent {
        -127..=-1 => {
            let shift = exponent.unsigned_abs();
            let rounded = (product >> (shift - 1)).wrapping_add(1) >> 1;
            Micros(u64::try_from(rounded).unwrap_or(0))
        }
        _ => Micros(0),
    }
}

fn encode_x87(time: Micros) -> [u8; SIZE] {
    let mut bytes = [0; SIZE];
    if time.0 != 0 {
        let (mantissa, exponent) = quotient(time, 64);
        bytes[..8].copy_from_slice(&(mantissa as u64).to_le_bytes());
        bytes[8..10].copy_from_slice(&((exponent + BIAS + 63) as u16).to_le_bytes());
    }
    bytes
}

fn decode_x87(bytes: [u8; SIZE]) -> Micros {
    let mut low = [0; 8];
    low.copy_from_slice(&bytes[..8]);
    let exponent = i32::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    micros(u64::from_le_bytes(low), exponent - BIAS - 63)
}

fn encode_binary128(time: Micros) -> [u8; SIZE] {
    if time.0 == 0 {
        return [0; SIZE];
    }
    let (mantissa, exponent) = quotient(time, 113);
    let fraction = mantissa & ((1 << 112) - 1);
    (fraction | ((exponent + BIAS + 112) as u128) << 112).to_le_bytes()
}

fn decode_binary128(bytes: [u8; SIZE]) -> Micros {
    let all = u128::from_le_bytes(bytes);
    let exponent = (all >> 112) as i32;
    let mantissa = (1 << 112) | (all & ((1 << 112) - 1));
    micros((mantissa >> 49) as u64, exponent - BIAS - 63)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 12345.678 as gcc wrote it on either processor.
    #[test]
    fn both_formats_are_what_gcc_writes() {
        let time = Micros(12_345_678_000);
        assert_eq!(encode_x87(time)[..10], [0x83, 0xc0, 0xca, 0xa1, 0x45, 0xb6, 0xe6, 0xc0, 0x0c, 0x40]);
        assert_eq!(
            encode_binary128(time),
            [0xbe, 0x9f, 0x1a, 0x2f, 0xdd, 0x24, 0x06, 0x81, 0x95, 0x43, 0x8b, 0x6c, 0xcd, 0x81, 0x0c, 0x40]
        );
        assert_eq!((encode_x87(Micros(0)), encode_binary128(Micros(0))), ([0; 16], [0; 16]));
    }

    proptest! {
        #[test]
        fn a_time_comes_back(us in 0u64..1 << 53) {
            prop_assert_eq!(decode_x87(encode_x87(Micros(us))), Micros(us));
            prop_assert_eq!(decode_binary128(encode_binary128(Micros(us))), Micros(us));
        }

        #[test]
        fn any_bytes_are_some_time(bytes: [u8; 16]) {
            let _ = (decode_x87(bytes), decode_binary128(bytes));
        }
    }
}
