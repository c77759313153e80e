//! Ten thousand malformed requests: each is answered in HTTP or cut off; none brings the server down, holds it up or stays in its memory.
#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use rustreamer_tests::http::{connect, get};
use rustreamer_tests::streamer::Streamer;

const REQUESTS: u64 = 10_000;
/// What a request is made from, and bent out of shape.
const WHOLE: &[&[u8]] = &[
    b"GET /state HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /snapshot HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"GET /?action=snapshot HTTP/1.0\r\n\r\n",
    b"GET /stream?extra_headers=1&key=a&zero_data=1&advance_headers=1&dual_final_frames=1 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /state HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
    b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: x\r\nOrigin: http://a\r\nAuthorization: Basic YTpi\r\nCookie: a=b; c\r\n\r\n",
    b"HEAD /client/client.js HTTP/1.1\r\nHost: x\r\nRange: bytes=0-9\r\nIf-None-Match: \"\"\r\n\r\n",
];
/// What is put into it.
const NOISE: &[&[u8]] = &[
    b"\0",
    b"\r",
    b"\n",
    b"\r\n\r\n",
    b":",
    b" ",
    b"%",
    b"%00",
    b"%ff",
    b"..",
    b"/../../etc/passwd",
    b"?",
    b"&&==",
    b"\xff\xfe",
    b"HTTP/9.9",
    b"Content-Length: -1\r\n",
    b"Content-Length: 99999999999999999999\r\n",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n",
    b"Host: y\r\nHost: z\r\n",
    b"Expect: 100-continue\r\n",
    b"Upgrade: websocket\r\nConnection: upgrade\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00",
    b"ffffffffffffffff\r\n",
];

/// Numbers that look random and are the same each time (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }
}

fn malformed(numbers: &mut Numbers) -> Vec<u8> {
    let mut request = WHOLE[numbers.below(WHOLE.len())].to_vec();
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(request.len().max(1)).min(request.len());
        let noise = NOISE[numbers.below(NOISE.len())];
        match numbers.below(7) {
            0 => request.truncate(at),
            1 if at < request.len() => request[at] = numbers.below(256) as u8,
            2 if at < request.len() => drop(request.remove(at)),
            3 => request = noise.repeat(1 + numbers.below(3000)),
            4 => {
                let again = request.clone();
                request.extend(again);
            }
            _ => drop(request.splice(at..at, noise.iter().copied())),
        }
    }
    request
}

fn resident_kib(pid: i32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn ten_thousand_malformed_requests() {
    let streamer = Streamer::start(&["--device", "test:160x120@60", "--server-timeout", "5"]);
    let (mut early, mut answered) = (0, 0);
    for seed in 0..REQUESTS {
        let request = malformed(&mut Numbers(seed));
        let mut client = connect(streamer.port());
        // It may be cut off while it is still talking. Every other one ends there; the rest wait a little for more, and go away.
        let _ = client.write_all(&request);
        if seed % 2 == 0 {
            let _ = client.shutdown(Shutdown::Write);
        } else {
            client.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        }
        let mut answer = Vec::new();
        // The beginning is enough; a stream would never end.
        let _ = client.take(50).read_to_end(&mut answer);
        assert!(
            answer.is_empty() || answer.starts_with(b"HTTP/1."),
            "seed {seed}: {} was answered {}",
            request.escape_ascii(),
            answer.escape_ascii()
        );
        answered += u64::from(!answer.is_empty());
        if seed % 500 == 0 {
            assert_eq!(get(streamer.port(), "/state").code(), 200, "after seed {seed}");
        }
        if seed == 1000 {
            early = resident_kib(streamer.pid());
        }
    }
    assert!(answered > REQUESTS / 4, "only {answered} of {REQUESTS} were answered");
    let late = resident_kib(streamer.pid());
    assert!(late < early + 8 * 1024, "memory grew from {early} to {late} KiB");
    let descriptors = std::fs::read_dir(format!("/proc/{}/fd", streamer.pid())).unwrap().count();
    assert!(descriptors < 64, "{descriptors} descriptors are left");
}
