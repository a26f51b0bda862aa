//! Conversations with a broker whose ports are fakes: over a socket like the command line's, and over a channel like
//! the desktop process's.

mod canaries;
mod conversation;
mod fakes;
mod names;
mod offers;
mod person;
mod presence;
mod views;

use std::sync::Arc;

use broker::{
    AccessRequest, Broker, Caller, Delivery, HandOut, Ports, ProviderId, RequestOrigin, ScopeSet, Settings,
};
use control::{
    AccountSource, Answer, Choice, Duration, Event, Failure, FailureCode, FromBroker, LockChoice, Passphrase,
    PromptView, Request, SignInState, ToBroker,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf},
    sync::broadcast,
    task::JoinHandle,
};

use super::{Session, Way, serve};
use crate::caller;
use fakes::{Counter, FakeHouse, FakeSurroundings, FakeUpstream, FakeVault, FixedClock, OneSigner, Written};

/// Far longer than anything here takes; a test that waits longer has failed.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);
const PASSPHRASE: &str = "canary-passphrase";

/// A broker with fakes around it.
struct Lodge {
    broker: Broker,
    events: broadcast::Sender<Event>,
    surroundings: Arc<FakeSurroundings>,
    clock: Arc<FixedClock>,
    written: Written,
}

impl Lodge {
    fn new() -> Self {
        let events = broadcast::Sender::new(64);
        let surroundings = Arc::new(FakeSurroundings::new(events.clone()));
        let clock = Arc::new(FixedClock::default());
        let ports = Ports {
            vault: Arc::new(FakeVault::default()),
            upstream: Arc::new(FakeUpstream),
            signer: Arc::new(OneSigner),
            surroundings: surroundings.clone(),
            clock: clock.clone(),
            entropy: Arc::new(Counter::default()),
        };
        let broker = Broker::new(ports, Settings::at("http://127.0.0.1:5395"));
        Self { broker, events, surroundings, clock, written: Written::default() }
    }

    /// A broker that is set up, with a window and with an account at the provider of the fakes.
    async fn furnished() -> (Self, Line) {
        let lodge = Self::new();
        let mut window = lodge.window();
        let passphrase = Passphrase::new(PASSPHRASE.to_owned());
        window.ask(Request::Setup { lock: LockChoice::Passphrase { passphrase } }).await.expect("set up");
        window.add_account("testland").await.expect("added");
        (lodge, window)
    }

    fn window(&self) -> Line {
        self.connect(Way::Window)
    }

    /// A connection over a socket, of this very process.
    fn socket(&self) -> Line {
        let (near, _far) = std::os::unix::net::UnixStream::pair().expect("a pair");
        self.connect(Way::Socket(caller::of_unix(&near).expect("ourselves")))
    }

    fn connect(&self, way: Way) -> Line {
        let (near, far) = tokio::io::duplex(1 << 16);
        let session = Session {
            broker: self.broker.clone(),
            house: Arc::new(FakeHouse(self.broker.clone(), self.written.clone())),
            way,
            events: self.events.clone(),
        };
        let served = tokio::spawn(serve(far, session));
        let (reader, writer) = tokio::io::split(near);
        Line {
            reader: BufReader::new(reader),
            writer,
            served,
            next: 1,
            heard: Vec::new(),
            events: Vec::new(),
        }
    }

    /// A program asks for access, and its question reaches the desk.
    async fn program_asks(
        &self,
        delivery: Delivery,
    ) -> (JoinHandle<Result<HandOut, broker::Error>>, PromptView) {
        let caller = Caller {
            file: "/usr/bin/mailer".into(),
            file_hash: "0123456789abcdef0123456789abcdef".into(),
            ..Caller::default()
        };
        let app = self.broker.native_app(&caller).await.expect("known");
        let request = AccessRequest {
            app: app.id,
            caller,
            witness: None,
            provider: ProviderId::from_text("testland"),
            account: None,
            scopes: ScopeSet::parse("mail.read mail.send").expect("legal"),
            resource: None,
            delivery,
            or_gateway: false,
            purpose: "To fetch mail.".into(),
            min_ttl: 0,
            max_age: None,
            by_details: false,
            origin: RequestOrigin::Program,
            at: broker::Whereabouts::default(),
        };
        let mut events = self.events.subscribe();
        let broker = self.broker.clone();
        let asked = tokio::spawn(async move { broker.access(request).await });
        while !matches!(events.recv().await.expect("an event"), Event::Prompts { waiting: 1.. }) {}
        (asked, self.window().prompts().await.remove(0))
    }
}

/// One end of a conversation.
struct Line {
    reader: BufReader<ReadHalf<DuplexStream>>,
    writer: WriteHalf<DuplexStream>,
    served: JoinHandle<()>,
    next: u32,
    /// Everything that came, as it came.
    heard: Vec<String>,
    events: Vec<Event>,
}

impl Line {
    async fn ask(&mut self, request: Request) -> Result<Answer, Failure> {
        let id = self.send(request, None).await;
        self.answer(id).await
    }

    async fn ask_with(&mut self, passphrase: &str, request: Request) -> Result<Answer, Failure> {
        let id = self.send(request, Some(Passphrase::new(passphrase.to_owned()))).await;
        self.answer(id).await
    }

    async fn send(&mut self, request: Request, passphrase: Option<Passphrase>) -> u32 {
        let id = self.next;
        self.next += 1;
        let line = serde_json::to_string(&ToBroker { id, request, passphrase }).expect("written");
        self.write(&line).await;
        id
    }

    async fn write(&mut self, line: &str) {
        self.writer.write_all(format!("{line}\n").as_bytes()).await.expect("sent");
    }

    /// The answer to one request; events and other answers in between are kept.
    async fn answer(&mut self, wanted: u32) -> Result<Answer, Failure> {
        loop {
            match self.hear().await.expect("the conversation goes on") {
                FromBroker::Answer { id, answer } if id == wanted => return Ok(answer),
                FromBroker::Failure { id, failure } if id == wanted => return Err(failure),
                FromBroker::Event(event) => self.events.push(event),
                FromBroker::Answer { .. } | FromBroker::Failure { .. } => {}
            }
        }
    }

    async fn hear(&mut self) -> Option<FromBroker> {
        let mut line = String::new();
        let read = tokio::time::timeout(PATIENCE, self.reader.read_line(&mut line)).await;
        if read.expect("it does not come").expect("read") == 0 {
            return None;
        }
        let heard = serde_json::from_str(&line).expect("one of our words");
        self.heard.push(line);
        Some(heard)
    }

    async fn prompts(&mut self) -> Vec<PromptView> {
        match self.ask(Request::RequestList).await {
            Ok(Answer::Prompts(prompts)) => prompts,
            other => panic!("{other:?}"),
        }
    }

    /// The first question on the desk, as soon as there is one.
    async fn first_prompt(&mut self) -> PromptView {
        let asked = async {
            loop {
                if let Some(prompt) = self.prompts().await.into_iter().next() {
                    return prompt;
                }
            }
        };
        tokio::time::timeout(PATIENCE, asked).await.expect("nothing is asked")
    }

    async fn add_account(&mut self, provider: &str) -> Result<Answer, Failure> {
        let Answer::SignIn(begun) = self.ask(add_account(provider)).await? else { panic!("no sign-in") };
        self.ask(Request::SignInShow { sign_in: begun.sign_in, wait: true }).await
    }

    /// The next event that `fits`, among those that came already and those to come.
    async fn event(&mut self, fits: impl Fn(&Event) -> bool) {
        while !self.events.drain(..).any(|event| fits(&event)) {
            match self.hear().await.expect("the conversation goes on") {
                FromBroker::Event(event) => self.events.push(event),
                other => panic!("{other:?}"),
            }
        }
    }
}

fn add_account(provider: &str) -> Request {
    Request::AccountAdd(AccountSource {
        provider: provider.to_owned(),
        label: None,
        client_id: Some("our-client".to_owned()),
        client_secret: Some(Passphrase::new("canary-client-secret".to_owned())),
        scopes: Vec::new(),
        open_browser: false,
        by: None,
        offered: None,
    })
}

/// Yes to everything that a prompt asks.
fn allow(prompt: &PromptView) -> Request {
    let choice = match &prompt.body {
        control::PromptBody::Access { accounts, scopes, delivery, durations, .. } => Choice::Allow {
            account: accounts[0].id.clone(),
            scopes: scopes.iter().map(|asked| asked.scope.scope.clone()).collect(),
            delivery: *delivery,
            duration: durations[0],
            only: Vec::new(),
            user_code: None,
        },
        control::PromptBody::Action { .. } => Choice::Allow {
            account: String::new(),
            scopes: Vec::new(),
            delivery: control::Delivery::Gateway,
            duration: Duration::Once,
            only: Vec::new(),
            user_code: None,
        },
    };
    Request::RequestDecide { request: prompt.id.clone(), shown: prompt.shown.clone(), choice }
}

fn deny(prompt: &PromptView) -> Request {
    let choice = Choice::Deny { remember: false };
    Request::RequestDecide { request: prompt.id.clone(), shown: prompt.shown.clone(), choice }
}

fn code(outcome: Result<Answer, Failure>) -> FailureCode {
    let failure = outcome.expect_err("it is refused");
    assert!(failure.id.starts_with("err_") && !failure.sentence.is_empty(), "{failure:?}");
    failure.code
}
