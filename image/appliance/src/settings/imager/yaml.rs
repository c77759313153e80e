//! A YAML text as a list of its values, each with the way to it.
//!
//! What must always hold: the list is no longer than the text: what a text names once and means often (an alias) is not followed.

use saphyr_parser::{Event, Parser};

/// Deeper than anything that is read here.
const DEEPEST: usize = 16;
/// A list's entry, as a step of the way.
pub const ENTRY: &str = "-";

/// A value, and the keys that lead to it.
pub type Leaf = (Vec<String>, String);

/// What is being read: the key of the value that comes next, in a mapping.
enum Level {
    List,
    Mapping(Option<String>),
}

/// The values of the first document.
///
/// # Errors
/// Why there are none.
pub fn leaves(text: &str) -> Result<Vec<Leaf>, String> {
    let mut leaves = Vec::new();
    let mut levels: Vec<Level> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|error| error.to_string())?;
        match event {
            Event::Scalar(value, ..) => match levels.last_mut() {
                Some(Level::Mapping(key @ None)) => {
                    *key = Some(value.into_owned());
                    continue;
                }
                _ => leaves.push((way(&levels), value.into_owned())),
            },
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                if let Some(Level::Mapping(None)) = levels.last() {
                    return Err("a list or a mapping is a key".to_owned());
                }
                if levels.len() == DEEPEST {
                    return Err(format!("there are more than {DEEPEST} levels"));
                }
                let list = matches!(event, Event::SequenceStart(..));
                levels.push(if list { Level::List } else { Level::Mapping(None) });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                levels.pop();
            }
            Event::Alias(_) => {}
            Event::DocumentEnd => break,
            _ => continue,
        }
        // A value has ended: the next scalar of a mapping is a key.
        if let Some(Level::Mapping(key)) = levels.last_mut() {
            *key = None;
        }
    }
    Ok(leaves)
}

fn way(levels: &[Level]) -> Vec<String> {
    let step = |level: &Level| match level {
        Level::List => ENTRY.to_owned(),
        Level::Mapping(key) => key.clone().unwrap_or_default(),
    };
    levels.iter().map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        leaves(text).unwrap().into_iter().map(|(way, value)| format!("{}={value}", way.join("."))).collect()
    }

    #[test]
    fn values_and_the_ways_to_them() {
        assert_eq!(
            told("a: 1\nb:\n- c: x\n  d: [y, 'z']\ne:\n"),
            ["a=1", "b.-.c=x", "b.-.d.-=y", "b.-.d.-=z", "e="]
        );
        assert_eq!(told(""), [""; 0]);
        assert_eq!(told("a: &x [1]\nb: *x\nc: 2\n"), ["a.-=1", "c=2"]);
        assert_eq!(told("--- \na: 1\n---\nb: 2\n"), ["a=1"]);
    }

    #[test]
    fn what_is_too_much_is_refused() {
        for bad in [
            "[a]: b",
            "a: [",
            &"[".repeat(99),
            "a: {b: {c: {d: {e: {f: {g: {h: {i: {j: {k: {l: {m: {n: {o: {p: {q: 1}}}}}}}}}}}}}}}}",
        ] {
            assert!(leaves(bad).is_err(), "{bad}");
        }
    }
}
