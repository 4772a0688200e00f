//! Functions may be marked wherever functions may stand.

#![deny(warnings)]

use mcp_runtime::prelude::*;

macro_rules! doubling {
    ($name:ident, $type:ty) => {
        #[tool]
        pub fn $name(value: $type) -> $type {
            value + value
        }
    };
}

pub mod numbers {
    pub mod deep {
        use mcp_runtime::tool;

        doubling!(double_int, i64);
        doubling!(double_float, f64);
    }

    #[mcp_runtime::tool]
    pub(crate) fn zero() -> i64 {
        0
    }
}

#[tool]
#[cfg(any())]
fn left_out(nothing: NoSuchType) {}

#[deprecated = "for the test"]
#[tool]
fn old() {}

fn main() {
    /// Known to this block only.
    #[tool]
    fn local(value: &str) -> usize {
        value.len()
    }

    struct OfThisBlock(u8);

    #[tool]
    async fn with_local_state(state: State<OfThisBlock>) -> u8 {
        state.0
    }

    let all = tools![
        local,
        with_local_state,
        numbers::zero,
        numbers::deep::double_int,
        numbers::deep::double_float,
    ];
    assert_eq!(all.len(), 5);
    assert_eq!(local("four"), 4);
}
