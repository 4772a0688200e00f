//! Generated code is clean where user code is held to everything.

#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    unused_results,
    rust_2018_idioms,
    elided_lifetimes_in_paths,
    single_use_lifetimes,
    clippy::all,
    clippy::pedantic
)]

use mcp_runtime::prelude::*;

pub mod shop {
    //! Public, and so held to its documentation.

    use mcp_runtime::prelude::*;

    /// What is in stock.
    #[derive(Debug)]
    pub struct Stock(pub u32);

    /// Sells some of it.
    ///
    /// # Errors
    /// When there is not enough.
    #[tool(destructive, timeout = "5s")]
    pub async fn sell(
        /// How many.
        #[arg(range(1..=10), default = 1)]
        count: u32,
        note: Option<&str>,
        stock: State<Stock>,
        ctx: &Ctx,
    ) -> Result<u32> {
        let _ = (note, ctx);
        std::future::ready(()).await;
        stock.0.checked_sub(count).ok_or_else(|| Error::new("not enough"))
    }

    type Result<T> = std::result::Result<T, Error>;

    /// Says what is there.
    #[resource("shop://stock/{item}{?lang}")]
    #[must_use]
    pub fn stock(item: String, #[arg(default = "en")] lang: &str) -> String {
        format!("{item} ({lang})")
    }

    /// Greets a customer.
    #[prompt]
    #[must_use]
    pub fn greet(name: &str) -> String {
        format!("Hello, {name}!")
    }
}

pub mod till {
    //! The same, in an `impl` block.

    use std::sync::Mutex;

    use mcp_runtime::prelude::*;

    /// Where money is kept.
    #[derive(Debug)]
    pub struct Till {
        /// The cents that are in it.
        pub cents: Mutex<u64>,
    }

    #[handlers]
    impl Till {
        /// Puts money into it.
        ///
        /// # Errors
        /// When that is too much for it.
        #[tool(timeout = "5s")]
        pub async fn pay(
            &self,
            /// How many.
            #[arg(range(1..=10))]
            cents: u64,
            note: Option<String>,
            ctx: &Ctx,
        ) -> Result<u64> {
            let _ = (note, ctx);
            std::future::ready(()).await;
            let mut all = self.cents.lock().map_err(|_| Error::new("it is stuck"))?;
            *all = all.checked_add(cents).ok_or_else(|| Error::new("it is full"))?;
            Ok(*all)
        }

        /// Says what is in it.
        #[resource("till://{currency}")]
        #[must_use]
        pub fn content(&self, currency: String) -> String {
            format!("{:?} {currency}", self.cents)
        }

        /// Greets a customer.
        #[prompt]
        #[must_use]
        pub fn smile(name: &str) -> String {
            format!("Hello, {name}!")
        }
    }
}

fn main() {
    assert_eq!(tools![till::Till::pay].len(), 1);
    assert_eq!(shop::greet("Ada"), "Hello, Ada!");
    assert_eq!(tools![shop::sell].len(), 1);
}
