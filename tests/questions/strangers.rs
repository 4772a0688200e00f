//! Whatever a client answers, reading it ends in an answer or an error.

use mcp_runtime::prelude::*;
use mcp_runtime::{Question, elicit_raw};
use proptest::prelude::*;

#[derive(Elicit)]
#[expect(dead_code, reason = "only reading it is of interest")]
struct Form {
    #[elicit(format = "date-time")]
    a: Option<String>,
    #[elicit(format = "uri")]
    b: Option<String>,
    c: Option<i128>,
    d: Option<f32>,
    #[elicit(choices("a", "b"), items(..=1))]
    e: Option<Vec<String>>,
    f: Option<u128>,
}

const ANSWERS: [&str; 4] = [
    r#"{"action":"accept","content":{"a":"2026-07-28T12:00:00Z","b":"x://%20\u00e9","c":-1e38,"d":1e39,"e":["a"],"f":3.0}}"#,
    r#"{"role":"user","model":"m","content":[{"type":"image","data":"AA==","mimeType":""},{"type":"text","text":"é\ud83d"}]}"#,
    r#"{"roots":[{"uri":"file:///","name":"\ud83d\ude00"}]}"#,
    r#"{"action":"decline"}"#,
];

fn read_by_all(answer: &str) {
    let _ = elicit::<Form>("?").read(answer);
    let _ = elicit_raw("?", "{}").read(answer);
    let _ = elicit_url("?", "a:b").read(answer);
    let _ = sample("?").read(answer);
    let _ = roots().read(answer);
}

proptest! {
    #[test]
    fn any_text_is_survived(answer in ".*") {
        read_by_all(&answer);
    }

    #[test]
    fn any_slip_is_survived(
        answer in proptest::sample::select(&ANSWERS[..]),
        slips in proptest::collection::vec((any::<prop::sample::Index>(), proptest::sample::select(&b"\"\\{}[]:,0e.-tn\x00 "[..])), 1..6),
    ) {
        let mut bytes = answer.as_bytes().to_vec();
        for (place, byte) in slips {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        read_by_all(&String::from_utf8_lossy(&bytes));
    }
}
