//! Who is signed in. Pure: the time is an argument, and tokens are made elsewhere.
//!
//! What must always hold: a token is known to its browser only, here lies a hash of it; a session ends when its user says so, when nobody
//! has used it for [`IDLE`], or after [`WHOLE`]; whatever goes on in its name ends with it. There are at most [`MOST`].

use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, Instant};

use ring::digest::{SHA256, digest};
use tokio::sync::watch;

use super::random;

/// Without a request, and without a picture or a talk with Janus under way. An open page asks every few seconds.
pub const IDLE: Duration = Duration::from_secs(60 * 60);
/// However much it is used.
pub const WHOLE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// The one that was not used for longest makes room.
pub const MOST: usize = 64;

/// What a browser shows to be let in: 256 random bits, in hexadecimal digits.
pub struct Token(String);

impl Token {
    /// A new one.
    pub fn random() -> Self {
        Self(random::bytes::<32>().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// For the cookie, and nowhere else.
impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

type Mark = [u8; 32];

fn mark(token: &str) -> Mark {
    // SHA-256 has 32 bytes.
    digest(&SHA256, token.as_bytes()).as_ref().try_into().expect("32 bytes")
}

struct Session {
    begun: Instant,
    used: Instant,
    /// Never says anything; gone with the session.
    end: watch::Sender<()>,
}

impl Session {
    fn is_over(&self, now: Instant) -> bool {
        let idle = self.end.receiver_count() == 0 && now.saturating_duration_since(self.used) >= IDLE;
        idle || now.saturating_duration_since(self.begun) >= WHOLE
    }
}

/// What goes on in a session's name; as long as there is one, the session is in use.
#[derive(Debug, Clone)]
pub struct Visit(watch::Receiver<()>);

impl Visit {
    /// Returns when the session is over.
    pub async fn over(mut self) {
        while self.0.changed().await.is_ok() {}
    }
}

/// All of them.
#[derive(Default)]
pub struct Sessions {
    open: HashMap<Mark, Session>,
}

impl Sessions {
    /// Somebody has signed in and is given `token`.
    pub fn begin(&mut self, now: Instant, token: &Token) {
        self.sweep(now);
        if self.open.len() >= MOST
            && let Some(oldest) =
                self.open.iter().min_by_key(|(_, session)| session.used).map(|(mark, _)| *mark)
        {
            self.open.remove(&oldest);
        }
        self.open.insert(mark(&token.0), Session { begun: now, used: now, end: watch::Sender::new(()) });
    }

    /// Somebody shows a token. `None`: there is no such session.
    pub fn enter(&mut self, now: Instant, token: &str) -> Option<Visit> {
        let mark = mark(token);
        let session = self.open.get_mut(&mark)?;
        if session.is_over(now) {
            self.open.remove(&mark);
            return None;
        }
        session.used = now;
        Some(Visit(session.end.subscribe()))
    }

    /// Somebody signs out.
    pub fn end(&mut self, token: &str) {
        self.open.remove(&mark(token));
    }

    /// All others are signed out.
    pub fn end_others(&mut self, token: &str) {
        let own = mark(token);
        self.open.retain(|mark, _| *mark == own);
    }

    /// Ends what is over, and what goes on in its name. To be called now and then.
    pub fn sweep(&mut self, now: Instant) {
        self.open.retain(|_, session| {
            if session.end.receiver_count() > 0 {
                session.used = now;
            }
            !session.is_over(now)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    const SECOND: Duration = Duration::from_secs(1);

    fn is_over(visit: &Visit) -> bool {
        pin!(visit.clone().over()).poll(&mut Context::from_waker(Waker::noop())) == Poll::Ready(())
    }

    #[test]
    fn a_token_opens_its_session_and_no_other() {
        let (mut sessions, now, token) = (Sessions::default(), Instant::now(), Token::random());
        assert_eq!(token.to_string().len(), 64);
        assert!(sessions.enter(now, &token.to_string()).is_none());
        sessions.begin(now, &token);
        assert!(sessions.enter(now, &token.to_string()).is_some());
        for other in ["", &token.to_string()[1..], &Token::random().to_string()] {
            assert!(sessions.enter(now, other).is_none(), "{other}");
        }
        assert!(sessions.open.keys().all(|mark| mark[..] != token.to_string().as_bytes()[..32]));
    }

    #[test]
    fn it_ends_when_unused_and_what_is_under_way_uses_it() {
        let (mut sessions, start, token) = (Sessions::default(), Instant::now(), Token::random());
        let token = {
            sessions.begin(start, &token);
            token.to_string()
        };
        assert!(sessions.enter(start + IDLE - SECOND, &token).is_some());
        let watching = sessions.enter(start + 2 * (IDLE - SECOND), &token).expect("used in between");
        let mut now = start + 2 * IDLE;
        for _ in 0..10 {
            now += IDLE / 2;
            sessions.sweep(now);
        }
        assert!(!is_over(&watching), "a picture is being watched");
        drop(watching);
        sessions.sweep(now + IDLE - SECOND);
        assert!(sessions.enter(now + IDLE, &token).is_none(), "nobody watches any more");
    }

    #[test]
    fn it_ends_after_a_time_however_much_it_is_used() {
        let (mut sessions, start, token) = (Sessions::default(), Instant::now(), Token::random());
        sessions.begin(start, &token);
        let visit = sessions.enter(start, &token.to_string()).expect("a session");
        sessions.sweep(start + WHOLE - SECOND);
        assert!(!is_over(&visit));
        sessions.sweep(start + WHOLE);
        assert!(is_over(&visit), "what goes on in its name ends");
    }

    #[test]
    fn signing_out_ends_what_goes_on_in_its_name_only() {
        let (mut sessions, now) = (Sessions::default(), Instant::now());
        let tokens = [Token::random(), Token::random()];
        tokens.iter().for_each(|token| sessions.begin(now, token));
        let visits =
            tokens.each_ref().map(|token| sessions.enter(now, &token.to_string()).expect("a session"));
        sessions.end(&tokens[0].to_string());
        assert_eq!(visits.each_ref().map(is_over), [true, false]);
        assert!(sessions.enter(now, &tokens[0].to_string()).is_none());
        let third = Token::random();
        sessions.begin(now, &third);
        sessions.end_others(&third.to_string());
        assert!(is_over(&visits[1]), "all others are over");
        assert!(sessions.enter(now, &third.to_string()).is_some());
    }

    proptest! {
        #[test]
        fn there_are_never_too_many_and_none_is_too_old(steps in proptest::collection::vec((0u64..9000, any::<bool>()), 1..300)) {
            let (mut sessions, mut now) = (Sessions::default(), Instant::now());
            let mut begun: Vec<(Instant, Instant, Token)> = Vec::new();
            for (pause, new) in steps {
                now += Duration::from_secs(pause);
                if new || begun.is_empty() {
                    let token = Token::random();
                    sessions.begin(now, &token);
                    begun.push((now, now, token));
                } else {
                    let at = pause as usize % begun.len();
                    let (start, used, token) = &mut begun[at];
                    let entered = sessions.enter(now, &token.to_string()).is_some();
                    prop_assert!(!entered || (now - *start < WHOLE && now - *used < IDLE));
                    if entered { *used = now; }
                }
                prop_assert!(sessions.open.len() <= MOST);
            }
        }
    }
}
