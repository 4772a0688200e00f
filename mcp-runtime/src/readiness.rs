//! Checks of one's own: whether a server is ready.

use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::call::contain;
use crate::joined::joined;
use crate::json_text;
use crate::lock::Lock;

/// How long a check may take, unless it is told: less than the second after which Kubernetes gives a probe up.
const DEADLINE: Duration = Duration::from_millis(800);

/// For how long what was found counts. Probes, however many, cost each check one run in that time.
const FRESH: Duration = Duration::from_secs(1);

/// The most bytes of an error that are told.
const LONGEST: usize = 1024;

/// Checks that are run together.
#[derive(Default)]
pub(crate) struct Checks {
    /// Changed only while the server is put together.
    all: Lock<Vec<Arc<Check>>>,
    deadline: Lock<Option<Duration>>,
    /// What was found last, and when. Locked while it is found out, so that probes that come meanwhile wait for that.
    found: Mutex<Option<(Instant, Vec<Found>)>>,
}

struct Check {
    name: String,
    run: Run,
}

/// Begins a check.
pub(crate) type Run = Box<dyn Fn() -> Checking + Send + Sync>;

/// A check that runs: what is wrong, if anything is.
pub(crate) type Checking = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// What a check has found.
struct Found {
    is_ready: bool,
    took: Duration,
    /// What was wrong last, and when that was, even if nothing is any more.
    last_error: Option<(Instant, String)>,
}

/// Whether all checks pass, and what each has found, as members of a JSON array.
pub(crate) struct Report {
    pub(crate) is_ready: bool,
    pub(crate) json: String,
}

/// Checks, where there are any. Behind a trait, so that their code is in no program that has none.
pub(crate) trait Readiness: fmt::Debug + Send + Sync {
    /// Adds a check.
    fn add(&self, name: String, run: Run);

    /// Sets how long each may take.
    fn set_deadline(&self, deadline: Duration);

    /// Runs what was not run just now.
    fn report(&self) -> Pin<Box<dyn Future<Output = Report> + Send + '_>>;
}

impl Checks {
    async fn find(&self, all: &[Arc<Check>], before: Option<Vec<Found>>) -> Vec<Found> {
        let deadline = self.deadline.lock().unwrap_or(DEADLINE);
        let mut errors = before.into_iter().flatten().map(|found| found.last_error);
        let mut running: Vec<_> = all.iter().map(|check| Some(contained(|| (check.run)()))).collect();
        let mut found: Vec<Found> = Vec::new();
        found.resize_with(running.len(), || Found {
            is_ready: true,
            took: Duration::ZERO,
            last_error: errors.next().flatten(),
        });
        let began = Instant::now();
        let end = |one: &mut Found, outcome: Result<(), String>| {
            one.took = began.elapsed();
            one.is_ready = outcome.is_ok();
            if let Err(error) = outcome {
                one.last_error = Some((Instant::now(), cut(error)));
            }
        };
        // All at once: one that is slow is no reason to be late with the others.
        let all = poll_fn(|cx| {
            for (place, found) in running.iter_mut().zip(&mut found) {
                let Some(check) = place else { continue };
                let polled = match check {
                    Ok(check) => catch_unwind(AssertUnwindSafe(|| check.as_mut().poll(cx))),
                    Err(()) => Err(Box::new(()) as _),
                };
                match polled {
                    Ok(Poll::Pending) => continue,
                    Ok(Poll::Ready(outcome)) => end(found, outcome),
                    Err(payload) => {
                        contain(payload);
                        end(found, Err("the check panicked".to_owned()));
                    }
                }
                *place = None;
            }
            if running.iter().all(Option::is_none) { Poll::Ready(()) } else { Poll::Pending }
        });
        if tokio::time::timeout(deadline, all).await.is_err() {
            for (_, found) in running.iter().zip(&mut found).filter(|(place, _)| place.is_some()) {
                end(found, Err(format!("no answer within {deadline:?}")));
            }
        }
        found
    }

    fn render(all: &[Arc<Check>], found: &[Found]) -> Report {
        let one = |(check, found): (&Arc<Check>, &Found)| {
            let Found { is_ready, took, last_error } = found;
            let mut json = format!(
                r#"{{"name":{},"ready":{is_ready},"seconds":{}"#,
                json_text::string(&check.name),
                json_text::float(took.as_secs_f64())
            );
            if let Some((at, error)) = last_error {
                let ago = at.elapsed().as_secs();
                json += &format!(r#","lastError":{},"lastErrorSecondsAgo":{ago}"#, json_text::string(error));
            }
            json + "}"
        };
        Report {
            is_ready: found.iter().all(|found| found.is_ready),
            json: joined(",", &mut all.iter().zip(found).map(one)),
        }
    }
}

/// Begins a check, which may panic.
fn contained(begin: impl FnOnce() -> Checking) -> Result<Checking, ()> {
    catch_unwind(AssertUnwindSafe(begin)).map_err(contain)
}

fn cut(mut error: String) -> String {
    if error.len() > LONGEST {
        error.truncate((0..=LONGEST).rev().find(|end| error.is_char_boundary(*end)).unwrap_or_default());
        error.push('…');
    }
    error
}

impl Readiness for Checks {
    fn add(&self, name: String, run: Run) {
        self.all.lock().push(Arc::new(Check { name, run }));
    }

    fn set_deadline(&self, deadline: Duration) {
        *self.deadline.lock() = Some(deadline);
    }

    fn report(&self) -> Pin<Box<dyn Future<Output = Report> + Send + '_>> {
        Box::pin(async {
            let all = self.all.lock().clone();
            let mut kept = self.found.lock().await;
            let before = match kept.take() {
                Some((at, found)) if at.elapsed() < FRESH => {
                    let report = Self::render(&all, &found);
                    *kept = Some((at, found));
                    return report;
                }
                before => before.map(|(_, found)| found),
            };
            let found = self.find(&all, before).await;
            let report = Self::render(&all, &found);
            *kept = Some((Instant::now(), found));
            report
        })
    }
}

impl fmt::Debug for Checks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.all.lock().iter().map(|check| &check.name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_check_has_its_outcome_and_none_keeps_the_others_from_theirs() {
        let checks = Checks::default();
        checks.add("good".to_owned(), Box::new(|| Box::pin(async { Ok(()) })));
        checks.add("slow".to_owned(), Box::new(|| Box::pin(pending())));
        checks.add("bad".to_owned(), Box::new(|| Box::pin(async { Err("a \"reason\"".to_owned()) })));
        checks.add("panics".to_owned(), Box::new(|| panic!("on purpose")));
        checks.add("panics later".to_owned(), Box::new(|| Box::pin(async { panic!("on purpose") })));
        let report = checks.report().await;
        assert!(!report.is_ready);
        let all: serde_json::Value = serde_json::from_str(&format!("[{}]", report.json)).expect("JSON");
        let told: Vec<_> = all
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| (one["ready"] == true, one["lastError"].as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (true, None),
                (false, Some("no answer within 800ms")),
                (false, Some("a \"reason\"")),
                (false, Some("the check panicked")),
                (false, Some("the check panicked")),
            ]
        );
    }

    #[tokio::test]
    async fn many_probes_are_one_run() {
        let runs = Arc::<AtomicUsize>::default();
        let (checks, counted) = (Checks::default(), Arc::clone(&runs));
        checks.add(
            "counts".to_owned(),
            Box::new(move || {
                counted.fetch_add(1, Ordering::Relaxed);
                Box::pin(async {
                    tokio::task::yield_now().await;
                    Ok(())
                })
            }),
        );
        let (one, two, three) = tokio::join!(checks.report(), checks.report(), checks.report());
        assert!(one.is_ready && two.is_ready && three.is_ready);
        assert_eq!(runs.load(Ordering::Relaxed), 1);
    }
}
