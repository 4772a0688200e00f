//! Things to do, kept in `todo.json`. Run `cargo run -p todo -- call add title="Buy tea" tags=shop,food`.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::{fs, io};

use mcp_runtime::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
struct Todo {
    id: u32,
    title: String,
    tags: Vec<String>,
    done: bool,
}

/// What the file holds.
#[derive(Default, Serialize, Deserialize)]
struct Kept {
    /// The number that was given last. None is given twice, so that no number means something else later.
    last: u32,
    todos: Vec<Todo>,
}

struct Store {
    path: PathBuf,
    kept: Mutex<Kept>,
}

impl Store {
    fn open(path: &str) -> io::Result<Self> {
        let kept = match fs::read(path) {
            Ok(json) => serde_json::from_slice(&json)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Kept::default(),
            Err(error) => return Err(error),
        };
        Ok(Self { path: path.into(), kept: Mutex::new(kept) })
    }

    fn all(&self) -> Vec<Todo> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).todos.clone()
    }

    /// Changes what is kept, and writes it to the file.
    fn change<T>(&self, change: impl FnOnce(&mut Kept) -> Result<T>) -> Result<T> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let given = change(&mut kept)?;
        let json = serde_json::to_vec_pretty(&*kept).map_err(Error::internal)?;
        fs::write(&self.path, json).map_err(Error::internal)?;
        Ok(given)
    }
}

fn find(todos: &mut [Todo], id: u32) -> Result<&mut Todo> {
    todos.iter_mut().find(|todo| todo.id == id).ok_or_else(|| Error::new(format!("there is no todo {id}")))
}

#[derive(Elicit)]
struct Sure {
    sure: bool,
}

#[handlers]
impl Store {
    /// Adds something to do.
    #[tool(blocking)]
    fn add(&self, #[arg(length(1..=200))] title: String, #[arg(default = vec![])] tags: Vec<String>) -> Result<Todo> {
        self.change(|kept| {
            kept.last += 1;
            let todo = Todo { id: kept.last, title, tags, done: false };
            kept.todos.push(todo.clone());
            Ok(todo)
        })
    }

    /// Lists what is to do.
    #[tool(read_only)]
    fn list(&self, tag: Option<&str>, #[arg(default = false)] with_done: bool) -> Vec<Todo> {
        let wanted =
            |todo: &Todo| (with_done || !todo.done) && tag.is_none_or(|tag| todo.tags.iter().any(|own| own == tag));
        self.all().into_iter().filter(wanted).collect()
    }

    /// Marks something as done.
    #[tool(blocking, idempotent)]
    fn complete(&self, id: u32) -> Result<Todo> {
        self.change(|kept| {
            let todo = find(&mut kept.todos, id)?;
            todo.done = true;
            Ok(todo.clone())
        })
    }

    /// Deletes something, after the user has confirmed it.
    #[tool(destructive)]
    async fn delete(&self, ctx: &Ctx, id: u32) -> Result<String> {
        let title = find(&mut self.all(), id)?.title.clone();
        let Sure { sure } = ctx.ask("sure", elicit(format!("Delete {title:?}?"))).await?;
        if !sure {
            return Ok(format!("kept {title:?}"));
        }
        self.change(|kept| {
            kept.todos.retain(|todo| todo.id != id);
            Ok(())
        })?;
        Ok(format!("deleted {title:?}"))
    }

    /// Something to do, by its number.
    #[resource("todo://{id}")]
    fn todo(&self, #[arg(complete = ids)] id: u32) -> Option<Todo> {
        self.all().into_iter().find(|todo| todo.id == id)
    }

    /// Plans a day.
    #[prompt]
    fn plan(&self, day: &str) -> String {
        let titles: Vec<String> = self.all().into_iter().filter(|todo| !todo.done).map(|todo| todo.title).collect();
        format!("Plan {day}. There is to do:\n{}", titles.join("\n"))
    }
}

fn ids(typed: &str, store: State<Store>) -> Vec<String> {
    store.all().into_iter().map(|todo| todo.id.to_string()).filter(|id| id.starts_with(typed)).collect()
}

mcp_runtime::main!(|server| server.state(Store::open("todo.json")?));

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[tokio::test]
    async fn it_is_kept_until_its_deletion_is_confirmed() {
        let file = std::env::temp_dir().join(format!("todo-{}.json", std::process::id()));
        let store = Store::open(file.to_str().unwrap()).unwrap();
        let todo = store.add("Buy tea".to_owned(), vec![]).unwrap();
        let answered = |sure| Ctx::for_test().answering([("sure", json!({ "sure": sure }))]);
        assert_eq!(store.delete(&answered(false), todo.id).await.unwrap(), "kept \"Buy tea\"");
        assert_eq!(store.delete(&answered(true), todo.id).await.unwrap(), "deleted \"Buy tea\"");
        assert!(store.list(None, true).is_empty());
        // The number is not given again, not even once the program has been started anew.
        let store = Store::open(file.to_str().unwrap()).unwrap();
        assert_eq!(store.add("Buy coffee".to_owned(), vec![]).unwrap().id, todo.id + 1);
        fs::remove_file(file).unwrap();
    }
}
