//! What is to become of a call, by chance.

use std::thread;

use mcp_runtime::State;
use serde_json::{Value, json};

use super::stage::Stage;
use crate::load::serve::Dice;

/// The tools, those that hold a thread less often than the others.
const TOOLS: [&str; 14] = [
    "answer",
    "walk",
    "walk",
    "tell",
    "tell",
    "ask",
    "ask",
    "step",
    "step",
    "ask_beside",
    "ask_beside",
    "watch",
    "watch",
    "poll",
];

/// What is to become of a call.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Its number: no other call has it.
    pub n: u64,
    pub tool: &'static str,
    /// At how many points it waits.
    points: u32,
    /// Whether it answers then, if it is let.
    answers: bool,
    /// How many of its questions the client answers.
    pub told: u32,
    /// When it is cancelled.
    pub moment: Moment,
}

/// When a call is cancelled.
#[derive(Clone, Copy, Debug)]
pub enum Moment {
    /// In the same breath.
    AtOnce,
    /// After the client has had so many turns.
    Later(usize),
    /// When it has reached so many of its points.
    Reached(u32),
}

impl Plan {
    /// A plan for the call of this number. Questions are asked while the call runs, or else are its answer.
    pub fn new(n: u64, dice: &mut Dice, asks_live: bool) -> Self {
        let mut below = |most: u32| u32::try_from(dice.below(most as usize)).expect("it is below");
        let tool = TOOLS[below(14) as usize];
        let points = below(8);
        let told = if tool == "ask" { below(points + 1) } else { 0 };
        // How far it comes for sure.
        let sure = match tool {
            "answer" => 1,
            "ask" if !asks_live => 1,
            "ask" => told + 1,
            _ => points + 1,
        };
        let moment = match below(3) {
            0 => Moment::AtOnce,
            1 => Moment::Later(below(24) as usize),
            _ => Moment::Reached(1 + below(sure)),
        };
        Self { n, tool, points, answers: below(2) == 0, told, moment }
    }

    /// A call that waits for ever.
    pub fn waiting(n: u64) -> Self {
        Self { n, tool: "walk", points: 0, answers: false, told: 0, moment: Moment::Reached(1) }
    }

    /// A call that answers at once.
    pub fn answering(n: u64) -> Self {
        Self { n, tool: "answer", points: 0, answers: true, told: 0, moment: Moment::AtOnce }
    }

    /// What the tool is given.
    pub fn arguments(&self) -> Value {
        let mut arguments = json!({ "n": self.n });
        if self.tool != "answer" {
            arguments["points"] = self.points.into();
        }
        if !["answer", "ask_beside", "watch"].contains(&self.tool) {
            arguments["answers"] = self.answers.into();
        }
        arguments
    }

    /// Waits until it is time to cancel the call.
    pub async fn is_due(self, stage: State<Stage>) {
        match self.moment {
            Moment::AtOnce => {}
            Moment::Later(turns) => {
                for _ in 0..turns {
                    tokio::task::yield_now().await;
                }
            }
            Moment::Reached(points) => stage.reached(self.n, points).await,
        }
    }
}

/// Where chance begins; it is told if the test fails.
pub struct Seed(u64);

impl Seed {
    pub fn get() -> Self {
        let given = std::env::var("CANCELLING_SEED").ok();
        Self(given.map_or(1, |seed| seed.parse().expect("CANCELLING_SEED is a number")))
    }

    /// The dice of one of those who throw them.
    pub fn dice(&self, who: u64) -> Dice {
        Dice::new(self.0.wrapping_mul(1000) + who)
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("CANCELLING_SEED={}", self.0);
        }
    }
}
