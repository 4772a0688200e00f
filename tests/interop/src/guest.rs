//! Who sits at the client, and its model: answers as the script says, and notes what was asked and told.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mcp_runtime::client::{ClientHandler, ElicitationReply, SamplingReply};
use serde_json::Value;
use tokio::sync::watch;

use crate::script::Answers;

/// One for all steps; what it answers changes with them.
#[derive(Clone, Default)]
pub struct Guest {
    answers: Arc<Mutex<Vec<Answers>>>,
    asked: Arc<Mutex<Vec<String>>>,
    logs: watch::Sender<Vec<String>>,
}

impl Guest {
    /// Forgets what was asked and told, and answers by these from now on: the first that fits.
    pub fn begin(&self, answers: Vec<Answers>) {
        *lock(&self.answers) = answers;
        lock(&self.asked).clear();
        self.logs.send_replace(Vec::new());
    }

    /// What was asked since.
    pub fn asked(&self) -> Vec<String> {
        lock(&self.asked).clone()
    }

    /// Waits until something was logged that has these words in it.
    pub async fn has_heard(&self, words: &str) {
        let mut logs = self.logs.subscribe();
        // Its sender is here.
        let _ = logs.wait_for(|logs| logs.iter().any(|log| log.contains(words))).await;
    }

    /// The client's handler.
    pub fn handler(&self, roots: &[String]) -> ClientHandler {
        let (filler, visitor, model, listener) = (self.clone(), self.clone(), self.clone(), self.clone());
        let handler = ClientHandler::new()
            .on_form(move |form| {
                let reply = match filler.answer(form.message(), |answers| find(&answers.forms, form.message())) {
                    Some(Value::String(action)) => action_of(&action),
                    Some(content) => ElicitationReply::accept(content),
                    None => ElicitationReply::accept(form.defaults()),
                };
                std::future::ready(reply)
            })
            .on_page(move |page| {
                let action = visitor.answer(&page.message, |answers| find(&answers.pages, &page.message));
                std::future::ready(action.map_or_else(ElicitationReply::cancel, |action| action_of(&action)))
            })
            .on_sampling(move |request| {
                let prompt = request.prompt();
                let text = model.answer(prompt, |answers| find(&answers.model, prompt));
                let reply = text.map(|text| SamplingReply::text("a-model", text));
                std::future::ready(reply.ok_or_else(|| format!("nothing is to be said to {prompt:?}")))
            })
            .on_log(move |message| listener.logs.send_modify(|logs| logs.push(message.text())));
        roots.iter().fold(handler, |handler, root| handler.root(root, "a root"))
    }

    /// Notes a question, and finds its answer.
    fn answer<T>(&self, question: &str, find: impl Fn(&Answers) -> Option<T>) -> Option<T> {
        lock(&self.asked).push(question.to_owned());
        lock(&self.answers).iter().find_map(find)
    }
}

/// The answer whose words are in the question.
fn find<T: Clone>(answers: &std::collections::BTreeMap<String, T>, question: &str) -> Option<T> {
    answers.iter().find(|(words, _)| question.contains(*words)).map(|(_, answer)| answer.clone())
}

fn action_of(action: &str) -> ElicitationReply {
    match action {
        "accept" => ElicitationReply::accept(Value::Null),
        "decline" => ElicitationReply::decline(),
        _ => ElicitationReply::cancel(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
