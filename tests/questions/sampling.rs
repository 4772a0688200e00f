//! Questions to the client's model.

use mcp_runtime::prelude::*;
use mcp_runtime::{
    Capability, IncludeContext, Question, Role, SampledContent, Sampling, SamplingContent, ToolChoice, Version,
};
use serde_json::json;

use super::check::{ALL, RICH, only_in, refuses, sends};

const SCHEMA: &str = r#"{"type":"object"}"#;

const ANSWER: &str = concat!(
    r#"{"role":"assistant","model":"m","stopReason":"toolUse","content":[{"type":"text","text":"Let me see."},"#,
    r#"{"type":"tool_use","id":"1","name":"add","input":{"a":1},"_meta":{"cache":"x"}},"#,
    r#"{"type":"tool_use","id":"2","name":"add","input":{}}]}"#
);

#[test]
fn a_prompt_is_a_message_of_the_users() {
    let question = sample("Hi").max_tokens(100);
    assert_eq!((question.method(), question.needs()), ("sampling/createMessage", vec![Capability::Sampling]));
    sends(&question, &ALL, r#"{"messages":[{"role":"user","content":{"type":"text","text":"Hi"}}],"maxTokens":100}"#);
}

#[test]
fn everything_that_was_said_is_sent() {
    let question = sample("Hi")
        .message(Role::Assistant, "Hello")
        .message(Role::User, Image::png(vec![1, 2, 3]))
        .system("Be brief.")
        .temperature(0.5)
        .stop("\n\n")
        .stop("END")
        .model_hint("sonnet")
        .model_hint("claude")
        .prefer_cost(0.0)
        .prefer_speed(0.25)
        .prefer_intelligence(1.0)
        .include_context(IncludeContext::ThisServer)
        .metadata(json!({ "user": 7 }));
    assert_eq!(question.needs(), [Capability::Sampling, Capability::SamplingContext]);
    sends(
        &question,
        &ALL,
        concat!(
            r#"{"messages":[{"role":"user","content":{"type":"text","text":"Hi"}},"#,
            r#"{"role":"assistant","content":{"type":"text","text":"Hello"}},"#,
            r#"{"role":"user","content":{"type":"image","data":"AQID","mimeType":"image/png"}}],"#,
            r#""modelPreferences":{"hints":[{"name":"sonnet"},{"name":"claude"}],"#,
            r#""costPriority":0.0,"speedPriority":0.25,"intelligencePriority":1.0},"#,
            r#""systemPrompt":"Be brief.","includeContext":"thisServer","temperature":0.5,"maxTokens":1000,"#,
            r#""stopSequences":["\n\n","END"],"metadata":{"user":7}}"#,
        ),
    );
}

#[test]
fn what_a_revision_lacks_is_named() {
    let audio = sample("Who is this?").message(Role::User, Audio::wav(vec![1]));
    only_in(&audio, &ALL[1..], "audio, which came with 2025-03-26");
    let both: SamplingContent = [SamplingContent::from("Who is this?"), Image::png(vec![1]).into()].into();
    let several = "several blocks in one message, which came with 2025-11-25";
    only_in(&sample("Hi").message(Role::User, both), &RICH, several);

    let tools = "tools in sampling, which came with 2025-11-25";
    let answer = sample("").read(ANSWER).expect("it fits");
    for question in [
        sample("Hi").tool("add", "Adds.", SCHEMA),
        sample("Hi").tool_choice(ToolChoice::Auto),
        sample("Hi").tool_result("1", "3"),
        sample("Hi").answered(&answer),
    ] {
        assert_eq!(question.needs(), [Capability::Sampling, Capability::SamplingTools]);
        only_in(&question, &RICH, tools);
    }
}

#[test]
fn what_no_revision_has_is_named() {
    let check = |question: Sampling, wrong: &str| only_in(&question, &[], wrong);
    check(sample("").prefer_cost(1.5), "`prefer_cost` is 1.5, and must be a number from 0 to 1");
    check(sample("").prefer_speed(-0.5), "`prefer_speed` is -0.5, and must be a number from 0 to 1");
    check(sample("").prefer_intelligence(f64::NAN), "`prefer_intelligence` is NaN, and must be a number from 0 to 1");
    check(sample("").temperature(f64::INFINITY), "`temperature` is inf, and must be a number");
    check(sample("").metadata(json!(1)), "the `metadata` is not a JSON object");
    let wrong = sample("").tool("add", "", "{").params(Version::LATEST).unwrap_err();
    assert_eq!(wrong, "the schema of the tool `add` is not a JSON object");
}

#[test]
fn a_conversation_with_tools_goes_on() {
    let answer = sample("").read(ANSWER).expect("it fits");
    let uses: Vec<_> = answer.tool_uses().map(|wish| (&*wish.id, &*wish.name, json!(wish.input))).collect();
    assert_eq!(uses, [("1", "add", json!({ "a": 1 })), ("2", "add", json!({}))]);

    let question = sample("1 + 2?")
        .tool("add", "Adds.", r#"{"type": "object"}"#)
        .tool("nothing", "", SCHEMA)
        .tool_choice(ToolChoice::Required)
        .answered(&answer)
        .tool_result("1", "3")
        .tool_error("2", "add what?");
    sends(
        &question,
        &RICH,
        concat!(
            r#"{"messages":[{"role":"user","content":{"type":"text","text":"1 + 2?"}},"#,
            // What the model said goes back as it came, to the last byte.
            r#"{"role":"assistant","content":[{"type":"text","text":"Let me see."},"#,
            r#"{"type":"tool_use","id":"1","name":"add","input":{"a":1},"_meta":{"cache":"x"}},"#,
            r#"{"type":"tool_use","id":"2","name":"add","input":{}}]},"#,
            r#"{"role":"user","content":["#,
            r#"{"type":"tool_result","toolUseId":"1","content":[{"type":"text","text":"3"}]},"#,
            r#"{"type":"tool_result","toolUseId":"2","content":[{"type":"text","text":"add what?"}],"isError":true}]}],"#,
            r#""maxTokens":1000,"tools":[{"name":"add","description":"Adds.","inputSchema":{"type": "object"}},"#,
            r#"{"name":"nothing","inputSchema":{"type":"object"}}],"toolChoice":{"mode":"required"}}"#,
        ),
    );
}

#[test]
fn answers_are_read() {
    let read = |content: &str| {
        let answer = format!(r#"{{"role":"assistant","content":{content},"model":"m","x":[]}}"#);
        sample("").read(&answer).expect("it fits")
    };
    let one = read(r#"{"type":"text","text":"Paris","annotations":{}}"#);
    assert_eq!((one.role, &*one.model, one.stop_reason.as_deref()), (Role::Assistant, "m", None));
    assert_eq!(one.content, [SampledContent::Text("Paris".to_owned())]);
    assert_eq!(read(r#"[{"type":"text","text":"a"},{"type":"text","text":"b"}]"#).text(), "a\nb");
    assert_eq!((read("[]").content, read("[]").text()), (vec![], String::new()));

    let all = read(
        r#"[{"type":"image","data":"AQID","mimeType":"image/png"},{"type":"audio","data":"","mimeType":"audio/wav"},
            {"type":"tool_result","toolUseId":"1","content":[{"type":"x"}],"structuredContent":3,"isError":true}]"#,
    );
    let [
        SampledContent::Image { data, mime, .. },
        SampledContent::Audio { data: sound, mime: sound_mime, .. },
        SampledContent::ToolResult { id, content, structured, is_error, .. },
    ] = &all.content[..]
    else {
        panic!("a picture, sound and a result: {all:?}");
    };
    assert_eq!((&data[..], &**mime, &**sound_mime, sound.len()), (&[1, 2, 3][..], "image/png", "audio/wav", 0));
    assert_eq!((&**id, structured, *is_error), ("1", &Some(json!(3)), true));
    assert_eq!(content, &[json!({ "type": "x" })]);
}

#[test]
fn every_fault_of_an_answer_is_told() {
    let question = sample("");
    refuses(&question, "{}", "`role`: missing; `content`: missing; `model`: missing");
    refuses(
        &question,
        r#"{"role":"robot","content":{"type":"video"},"model":3,"stopReason":{}}"#,
        concat!(
            "`role`: expected \"user\" or \"assistant\", got \"robot\"; ",
            "`content.type`: expected text, image, audio, tool_use or tool_result, got \"video\"; ",
            "`model`: expected text, got 3; `stopReason`: expected text, got an object",
        ),
    );
    refuses(
        &question,
        r#"{"role":"user","model":"m","content":[{"type":"text"},{"type":"image","data":"?","mimeType":1},{},7,
            {"type":"tool_use","input":[]},{"type":"tool_result","isError":0}]}"#,
        concat!(
            "`content[0].text`: missing; `content[1].data`: expected Base64, got \"?\"; ",
            "`content[1].mimeType`: expected text, got 1; `content[2].type`: missing; ",
            "`content[3]`: expected an object, got 7; `content[4].id`: missing; `content[4].name`: missing; ",
            "`content[4].input`: expected an object that can be read, got a list; `content[5].toolUseId`: missing; ",
            "`content[5].content`: missing; `content[5].isError`: expected true or false, got 0",
        ),
    );
    let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    refuses(
        &question,
        &format!(
            r#"{{"role":"user","model":"m","content":{{"type":"tool_use","id":"1","name":"n","input":{{"a":{deep}}}}}}}"#
        ),
        "`content.input`: expected an object that can be read, got an object",
    );
}
