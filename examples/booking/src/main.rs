//! Books tables, and asks for what it was not told: how a handler asks the client's user, its model, and where it works.
//!
//! Run `cargo run -p booking` to serve on standard input and output, or `cargo run -p booking -- serve --http
//! 127.0.0.1:3000`. What a tool asks is answered by the client, so take one that can be asked.
//!
//! There is one rule: **code before an `ask` may run again.** A client with a session is asked while the handler waits. One
//! without a session (2026-07-28) is answered with the question; when it comes back with the answer, the handler runs again
//! from the top, and finds the answer where it asked. What must happen once stands in `ctx.once`.

mod diary;
#[cfg(test)]
mod tests;

use mcp_runtime::prelude::*;
use mcp_runtime::{Capability, Sampling};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use diary::Diary;

// --- A booking: one question after the other ----------------------------------------------

/// A form, as the client shows it. The answer is held to it: who does not fill it in properly is asked again.
#[derive(Elicit)]
struct Wish {
    /// The day you come.
    #[elicit(format = "date")]
    day: String,
    /// How many you are.
    #[elicit(range(1..=12), title = "Party size")]
    guests: u8,
    #[elicit(default = Corner::Anywhere)]
    corner: Corner,
}

/// A choice in a form: people read the comments.
#[derive(Debug, Elicit)]
#[elicit(rename_all = "snake_case")]
enum Corner {
    /// By the window
    Window,
    /// In the garden
    Garden,
    /// Wherever there is room
    Anywhere,
}

/// What is asked for beside a yes, which is to accept the form.
#[derive(Elicit)]
struct Confirmation {
    /// Anything the kitchen should know?
    #[elicit(length(..=200))]
    remarks: Option<String>,
}

/// How a booking has ended.
#[derive(Deserialize, Serialize, JsonSchema)]
struct Booking {
    status: Status,
    /// The number of the reservation.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<usize>,
    /// What to tell the user.
    message: String,
}

#[derive(Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    Booked,
    Declined,
    Cancelled,
}

/// Books a table. Asks the user when, and for how many, and to confirm it.
#[tool]
async fn book(
    /// The name of the restaurant.
    place: &str,
    ctx: &Ctx,
    diary: State<Diary>,
) -> Result<Booking, Error> {
    ctx.progress(1, 4, "asking when you come").await;
    // The key, "wish", names the question from round to round.
    let wish: Wish = match ctx.ask("wish", elicit(format!("When do you come to {place}?"))).await {
        Ok(wish) => wish,
        Err(why) => return no_table(why),
    };

    ctx.progress(2, 4, "holding a table").await;
    // There are questions to come, so this place may be passed again: without `once` each time would hold another table.
    let number = ctx.once("hold", async || Ok(diary.hold(place).await?)).await?;

    ctx.progress(3, 4, "asking you to confirm").await;
    let table = format!("table {number} at {place} on {} for {}, {:?}", wish.day, wish.guests, wish.corner);
    let remarks = match ctx.ask("confirm", elicit(format!("Shall I book {table}?"))).await {
        Ok(Confirmation { remarks }) => remarks.unwrap_or_default(),
        Err(why) => {
            // Nothing is asked after this: it is the last round, and needs no `once`.
            diary.give_back(place, number).await?;
            return no_table(why);
        }
    };
    ctx.once("book", async || Ok(diary.book(place, number).await?)).await?;

    ctx.progress(4, 4, "writing the confirmation").await;
    let message = confirmation(ctx, &table, &remarks).await;
    Ok(Booking { status: Status::Booked, number: Some(number), message })
}

/// A user who says no, or closes the form, has answered; everything else is an error, which the model is told.
fn no_table(why: AskError) -> Result<Booking, Error> {
    let (status, message) = match why {
        AskError::Declined => (Status::Declined, "You do not want a table."),
        AskError::Cancelled => (Status::Cancelled, "You can come back to it at any time."),
        other => return Err(other.into()),
    };
    Ok(Booking { status, number: None, message: message.to_owned() })
}

/// Has the client's model write the confirmation. The table is booked without it too, so nothing fails here.
async fn confirmation(ctx: &Ctx, table: &str, remarks: &str) -> String {
    let plain = || format!("Booked: {table}. {remarks}").trim_end().to_owned();
    // To ask what the client cannot answer would end the call.
    if !ctx.supports(Capability::Sampling) {
        return plain();
    }
    let question = sample(format!("Confirm {table} to our guest. They remarked: {remarks:?}."))
        .system("You write for a restaurant: one friendly sentence.")
        .max_tokens(100);
    ctx.ask("confirmation", question).await.map_or_else(|_| plain(), |answer| answer.text())
}

/// What happened to tables at a place, and how often.
#[resource("diary://{place}", mime = "application/json")]
fn lines(place: &str, diary: State<Diary>) -> Result<String, Error> {
    Ok(serde_json::to_string(&diary.lines(place))?)
}

// --- Other things to ask, and other places to ask from -------------------------------------

/// Several can be chosen at once (from 2025-11-25; older clients are not asked, and the model is told why).
#[derive(Elicit)]
struct Order {
    #[elicit(items(1..=3))]
    dishes: Vec<Dish>,
    /// What must not be in it.
    #[elicit(choices("nuts", "milk", "gluten"))]
    without: Option<Vec<String>>,
}

#[derive(Debug, Elicit)]
#[elicit(rename_all = "snake_case")]
enum Dish {
    /// Soup of the day
    Soup,
    /// Trout with almonds
    Trout,
    /// Apple tart
    Tart,
}

/// Orders a dinner: the user chooses the dishes, and the model the wine.
#[tool]
async fn order(ctx: &Ctx, place: &str) -> Result<String, Error> {
    // Questions that are asked at once travel together: one round instead of two.
    let (order, wine) = tokio::join!(
        ctx.ask("order", elicit::<Order>(format!("What shall be ready for you at {place}?"))),
        ctx.ask("wine", a_wine_of(place)),
    );
    let Order { dishes, without } = order?;
    Ok(format!("{dishes:?} without {:?}, with {}", without.unwrap_or_default(), wine?.text()))
}

/// Has the model name a wine. Any client can be asked that, from the first revision on, if it has a model.
#[tool]
async fn wine(ctx: &Ctx, place: &str) -> Result<String, Error> {
    Ok(ctx.ask("wine", a_wine_of(place)).await?.text())
}

/// A question is a value: it can be made in one place and asked in several.
fn a_wine_of(place: &str) -> Sampling {
    sample(format!("Name one wine of {place}'s region.")).max_tokens(20)
}

/// Tells where a reminder of a reservation can be put: one file in each directory that the client works in.
#[tool(read_only)]
async fn reminders(ctx: &Ctx, number: usize) -> Result<Vec<String>, Error> {
    let roots = ctx.ask("roots", roots()).await?;
    Ok(roots.iter().map(|root| format!("{}/table-{number}.ics", root.uri.trim_end_matches('/'))).collect())
}

/// Asks the user to pay a deposit for a reservation.
#[tool]
async fn deposit(ctx: &Ctx, number: usize) -> Result<&'static str, Error> {
    // What a card says must not pass through the client: it goes to a page.
    let page = elicit_url("We take 10 € for a table.", format!("https://pay.example.com/tables/{number}"));
    match ctx.ask("deposit", page).await {
        // That it was paid, only the page can tell.
        Ok(()) => Ok("The user was sent to the page."),
        Err(AskError::Declined) => Ok("The user does not want to pay."),
        Err(other) => Err(other.into()),
    }
}

#[derive(Debug, Elicit)]
#[elicit(rename_all = "snake_case")]
enum Diet {
    /// Everything
    Any,
    /// Without meat
    Vegetarian,
}

#[derive(Elicit)]
struct Eating {
    diet: Diet,
}

/// What there is to eat. Resources can ask too.
#[resource("menu://{place}", mime = "text/plain")]
async fn menu(ctx: &Ctx, place: &str) -> Result<String, Error> {
    let Eating { diet } = ctx.ask("diet", elicit("What do you eat?")).await?;
    let trout = if matches!(diet, Diet::Any) { "trout, " } else { "" };
    Ok(format!("{place}: soup, {trout}tart"))
}

#[derive(Elicit)]
struct Occasion {
    /// What is there to celebrate?
    occasion: String,
}

/// Writes an invitation to dinner. So can prompts.
#[prompt]
async fn invite(ctx: &Ctx, place: &str) -> Result<String, Error> {
    let Occasion { occasion } = ctx.ask("occasion", elicit("What do you invite for?")).await?;
    Ok(format!("Write an invitation to dinner at {place}. The occasion: {occasion}."))
}

mcp_runtime::main!(|server| server.title("Booking").state(Diary::default()));
