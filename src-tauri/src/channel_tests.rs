use std::{
    io::{BufRead, BufReader, Write},
    thread::JoinHandle,
};

use control::Page;

use super::*;

/// The broker's end of the channel, as blocking reads and writes.
struct FakeBroker {
    reader: BufReader<StdUnixStream>,
    writer: StdUnixStream,
}

impl FakeBroker {
    fn pair() -> (Self, StdUnixStream) {
        let (near, far) = StdUnixStream::pair().expect("pair");
        let reader = BufReader::new(far.try_clone().expect("clone"));
        (Self { reader, writer: far }, near)
    }

    fn hear(&mut self) -> ToBroker {
        let mut line = String::new();
        self.reader.read_line(&mut line).expect("a line");
        serde_json::from_str(&line).expect("a frame")
    }

    fn say(&mut self, frame: &FromBroker) {
        let line = serde_json::to_string(frame).expect("json");
        writeln!(self.writer, "{line}").expect("write");
    }

    fn in_thread<T: Send + 'static>(
        mut self,
        f: impl FnOnce(&mut Self) -> T + Send + 'static,
    ) -> JoinHandle<T> {
        std::thread::spawn(move || f(&mut self))
    }
}

fn refusal(sentence: &str) -> Failure {
    Failure {
        code: FailureCode::NotFound,
        sentence: sentence.into(),
        next: String::new(),
        id: "f1".into(),
        said: None,
    }
}

#[tokio::test]
async fn answers_find_their_callers_in_any_order() {
    let (broker, socket) = FakeBroker::pair();
    let broker = broker.in_thread(|broker| {
        let (first, second) = (broker.hear(), broker.hear());
        broker
            .say(&FromBroker::Failure { id: second.id, failure: refusal(&format!("{:?}", second.request)) });
        broker.say(&FromBroker::Failure { id: first.id, failure: refusal(&format!("{:?}", first.request)) });
    });
    let (channel, _events) = Channel::open(socket).expect("open");
    let (lock, list) =
        tokio::join!(channel.call(Request::Lock, None), channel.call(Request::AccountList, None));
    assert_eq!(lock.expect_err("refused").sentence, "Lock");
    assert_eq!(list.expect_err("refused").sentence, "AccountList");
    broker.join().expect("broker");
}

#[tokio::test]
async fn events_come_in_their_order() {
    let (broker, socket) = FakeBroker::pair();
    let (_channel, mut events) = Channel::open(socket).expect("open");
    let sent = [Event::Show { page: Page::Activity }, Event::Prompts { waiting: 2 }, Event::Stopping];
    let told = sent.clone();
    let broker = broker.in_thread(move |broker| {
        for event in told {
            broker.say(&FromBroker::Event(event));
        }
    });
    for event in sent {
        assert_eq!(events.recv().await, Some(event));
    }
    broker.join().expect("broker");
    assert_eq!(events.recv().await, None);
}

#[tokio::test]
async fn a_broker_that_goes_fails_who_waits_and_who_comes_later() {
    let (broker, socket) = FakeBroker::pair();
    let broker = broker.in_thread(|broker| drop(broker.hear()));
    let (channel, mut events) = Channel::open(socket).expect("open");
    assert_eq!(channel.call(Request::Status, None).await.expect_err("gone").code, FailureCode::Away);
    broker.join().expect("broker");
    assert_eq!(events.recv().await, None);
    assert_eq!(channel.call(Request::Status, None).await.expect_err("gone").code, FailureCode::Away);
}

#[tokio::test]
async fn an_endless_line_ends_the_channel() {
    let (broker, socket) = FakeBroker::pair();
    let (channel, mut events) = Channel::open(socket).expect("open");
    let broker = broker.in_thread(|broker| {
        let piece = vec![b' '; 1 << 16];
        while broker.writer.write_all(&piece).is_ok() {}
    });
    assert_eq!(events.recv().await, None);
    drop(channel);
    broker.join().expect("broker");
}

#[tokio::test]
async fn a_request_that_is_too_long_is_not_sent() {
    let (_broker, socket) = FakeBroker::pair();
    let (channel, _events) = Channel::open(socket).expect("open");
    let account = "a".repeat(MAX_FRAME_BYTES);
    let failure = channel.call(Request::AccountShow { account }, None).await.expect_err("too long");
    assert_eq!(failure.code, FailureCode::InvalidRequest);
    assert!(lock(&channel.waiting).callers.as_ref().is_some_and(HashMap::is_empty));
}
