//! Until when a certificate is good, as a person reads it. Of a certificate's many parts this is the only one that is wanted here.
//!
//! What must always hold: whatever bytes come, there is a date or there is none; lengths that they claim are never believed.

/// The day that a certificate (X.509, DER) ends on, in UTC, as `2029-02-28`; `None`: it is no certificate.
pub fn until(certificate: &[u8]) -> Option<String> {
    let (_, signed, _) = element(certificate)?;
    let (_, mut fields, _) = element(signed)?;
    // RFC 5280, 4.1: [0] version, serial number, algorithm, issuer; then the validity: from, until.
    let before = if fields.first() == Some(&0xa0) { 4 } else { 3 };
    for _ in 0..before {
        (_, _, fields) = element(fields)?;
    }
    let (_, validity, _) = element(fields)?;
    let (_, _, end) = element(validity)?;
    let (kind, time, _) = element(end)?;
    let digits = str::from_utf8(time).ok()?.strip_suffix('Z')?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = match (kind, digits.len()) {
        // UTCTime: two digits of the year, until 2049.
        (0x17, 12) => {
            (format!("{}{}", if &digits[..2] < "50" { "20" } else { "19" }, &digits[..2]), &digits[2..])
        }
        // GeneralizedTime: four.
        (0x18, 14) => (digits[..4].to_owned(), &digits[4..]),
        _ => return None,
    };
    Some(format!("{year}-{}-{}", &rest[..2], &rest[2..4]))
}

/// The first element: its kind, what is in it, and what comes after it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&kind, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x83 => {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((kind, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    fn until_of(year: i32, month: u8, day: u8) -> Vec<u8> {
        let mut wanted = CertificateParams::new(["kvm".to_owned()]).unwrap();
        wanted.not_after = date_time_ymd(year, month, day);
        wanted.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn the_day_it_ends_on_is_found() {
        assert_eq!(until(&until_of(2029, 2, 28)).as_deref(), Some("2029-02-28"));
        assert_eq!(until(&until_of(2049, 12, 31)).as_deref(), Some("2049-12-31"));
        // From 2050 on it is written in another way.
        assert_eq!(until(&until_of(2051, 10, 3)).as_deref(), Some("2051-10-03"));
        assert_eq!(until(b""), None);
        assert_eq!(until(&until_of(2029, 2, 28)[..100]), None, "cut short");
    }

    proptest! {
        #[test]
        fn whatever_comes_is_a_date_or_none(garbage: Vec<u8>, at in 0usize..200, byte: u8) {
            let _ = until(&garbage);
            let mut bent = until_of(2030, 1, 1);
            bent[at] = byte;
            let _ = until(&bent);
        }
    }
}
