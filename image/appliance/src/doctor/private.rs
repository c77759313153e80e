//! What would tell strangers whose device it is, made shorter: hardware addresses, names of wireless networks, what could be a key.
//!
//! What must always hold: text with none of it stays as it is.

/// In front of a wireless network's name, in wpa_supplicant's lines.
const NAMES: [&str; 5] = ["SSID='", "SSID '", "SSID=\"", "ssid=\"", "SSID \""];
/// Digits of what could be a key.
const KEY: usize = 32;

/// The text, with all of that made shorter.
pub fn shortened(text: &str) -> String {
    text.split_inclusive('\n').map(line).collect()
}

fn line(line: &str) -> String {
    let line = NAMES.iter().fold(line.to_owned(), |line, mark| name(&line, mark));
    let mut short = String::with_capacity(line.len());
    // In pieces of what an address or a key is made of, and the rest between them.
    let is_digit = |letter: char| letter.is_ascii_hexdigit() || letter == ':' || letter == '-';
    let mut rest = &*line;
    while !rest.is_empty() {
        let end = rest.find(|letter| !is_digit(letter)).unwrap_or(rest.len());
        // udev names an interface by its address when it knows nothing better of it.
        let is_name = end == 12 && (short.ends_with("enx") || short.ends_with("wlx"));
        short += &if is_name { format!("{}xxxxxx", &rest[..6]) } else { piece(&rest[..end]) };
        let next = rest[end..].find(is_digit).map_or(rest.len(), |at| end + at);
        short += &rest[end..next];
        rest = &rest[next..];
    }
    short
}

/// What is between the mark and the next quote.
fn name(line: &str, mark: &str) -> String {
    let Some(start) = line.find(mark).map(|at| at + mark.len()) else { return line.to_owned() };
    let quote = &mark[mark.len() - 1..];
    let end = line[start..].rfind(quote).map_or(line.len(), |at| start + at);
    let first = line[start..end].chars().next().map(String::from).unwrap_or_default();
    format!("{}{first}…{}", &line[..start], &line[end..])
}

fn piece(piece: &str) -> String {
    for mark in [':', '-'] {
        let pairs: Vec<&str> = piece.split(mark).collect();
        // (A colon may come before or after it.)
        let first = pairs.iter().position(|pair| !pair.is_empty()).unwrap_or_default();
        let last = pairs.iter().rposition(|pair| !pair.is_empty()).unwrap_or_default();
        if last - first == 5 && pairs[first..=last].iter().all(|pair| pair.len() == 2) {
            let shown: Vec<_> = pairs
                .iter()
                .enumerate()
                .map(|(n, pair)| if (first + 3..=last).contains(&n) { "xx" } else { pair })
                .collect();
            return shown.join(&mark.to_string());
        }
    }
    // An address of IPv6 that was made of a hardware address.
    if let Some(at) = piece.to_ascii_lowercase().find("ff:fe")
        && piece.matches(':').count() >= 4
    {
        return format!("{}ff:fexx:xxxx", &piece[..at]);
    }
    let digits = piece.chars().filter(char::is_ascii_hexdigit).count();
    if digits >= KEY && !piece.contains(':') {
        return format!("{}…", &piece[..8]);
    }
    piece.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whose_it_is_is_not_told() {
        for (text, short) in [
            ("link/ether dc:a6:32:01:02:03 brd", "link/ether dc:a6:32:xx:xx:xx brd"),
            ("smsc95xx.macaddr=B8:27:EB:01:02:03 x", "smsc95xx.macaddr=B8:27:EB:xx:xx:xx x"),
            ("enxdca632010203 01-02-03-04-05-06", "enxdca632xxxxxx 01-02-03-xx-xx-xx"),
            ("fe80::dea6:32ff:fe01:203/64", "fe80::dea6:32ff:fexx:xxxx/64"),
            ("fd00::1/64 10.0.0.1 12:34:56", "fd00::1/64 10.0.0.1 12:34:56"),
            ("(SSID='Bob's \\\"net\\\"' freq=2412 MHz)", "(SSID='B…' freq=2412 MHz)"),
            ("Trying to associate with SSID 'Bob's net'", "Trying to associate with SSID 'B…'"),
            (
                "CTRL-EVENT-SSID-TEMP-DISABLED id=0 ssid=\"home\" auth_failures=1",
                "CTRL-EVENT-SSID-TEMP-DISABLED id=0 ssid=\"h…\" auth_failures=1",
            ),
            ("psk=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n", "psk=01234567…\n"),
            ("root=PARTUUID=b17c0de5-05 slot=A", "root=PARTUUID=b17c0de5-05 slot=A"),
            ("a line of text: 640x480, 30.00 Hz\n\n", "a line of text: 640x480, 30.00 Hz\n\n"),
        ] {
            assert_eq!(shortened(text), short);
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in "(SSID '|ssid=\"|[0-9a-f]{2}[:-]|ff:fe|\\PC|\n){0,30}") {
            shortened(&text);
        }

        #[test]
        fn no_hardware_address_is_whole(bytes in any::<[u8; 6]>(), before in "[ =(:]", after in "[ /),:]") {
            let address = bytes.map(|byte| format!("{byte:02x}")).join(":");
            let short = shortened(&format!("x{before}{address}{after}y"));
            prop_assert!(!short.contains(&address), "{short}");
        }
    }
}
