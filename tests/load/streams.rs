//! A thousand streams that are open at once.

use super::client::{Client, ERAS, Era};
use super::serve::{FOREVER, Running, alone, within};

/// Streams of each era.
const EACH: usize = 500;

async fn open_all(server: &Running) -> Vec<(Era, Client)> {
    let mut streams = Vec::new();
    for era in (0..EACH).flat_map(|_| ERAS) {
        let mut client = Client::open(server.address, era).await;
        // A place is given back once the server sees that a client has gone, which is soon, and not at once.
        let listening = async { while client.listen().await.status == 503 {} };
        within(listening).await;
        streams.push((era, client));
    }
    streams
}

async fn is_told(streams: &mut [(Era, Client)]) {
    for (era, client) in streams {
        let event = client.wire.message().await.expect("an open stream").expect("an open stream");
        assert!(event.data.contains("notifications/tools/list_changed"), "{era:?}: {event:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_reaches_a_thousand_open_streams_which_may_all_close_and_open_again() {
    let _alone = alone().await;
    // As many places as are needed: one that is not given back is missed.
    let mut server = Running::with(|http| http.call_limit(EACH + 1), |listening| listening.grace(FOREVER)).await;
    for _ in 0..2 {
        let mut streams = open_all(&server).await;
        for _ in 0..3 {
            server.handle.tools_changed();
            is_told(&mut streams).await;
        }
        drop(streams);
        let mut client = Client::open(server.address, Era::Stateless).await;
        let answered = async { while !client.call(7, "echo", r#"{"n":7}"#).await.says("answer 7") {} };
        within(answered).await;
    }

    let mut streams = open_all(&server).await;
    server.handle.tools_changed();
    server.tell_to_stop();
    // Whoever was told before it stopped hears of it before the end; and nobody hears of anything twice.
    is_told(&mut streams).await;
    for (era, mut client) in streams {
        if era == Era::Stateless {
            let last = client.wire.message().await.expect("a good end").expect("a result");
            assert!(last.data.contains(r#""resultType":"complete""#), "{last:?}");
        }
        let end = client.wire.message().await.expect("a good end");
        assert!(end.is_none(), "{era:?}: {end:?}");
    }
    server.stop().await;
}
