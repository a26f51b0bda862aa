//! Real TLS: which servers are spoken to, what a person is told of the others, and that no keys are written down.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use control::{Answer, CallError, ProviderSource, Request};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};
use serde_json::json;
use stories::{Keylodge, Setting};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

/// The only name that leads to this machine without a resolver.
const NAME: &str = "localhost";

type Certified = (CertificateDer<'static>, PrivateKeyDer<'static>);

/// A certificate authority that Keylodge trusts in this test.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "An authority of the tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(
            CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a certificate"),
        )
    }

    fn signs(&self, params: &CertificateParams) -> Certified {
        let key = KeyPair::generate().expect("a key");
        (params.signed_by(&key, &self.0).expect("signed").der().clone(), private(&key))
    }
}

fn named(name: &str) -> CertificateParams {
    CertificateParams::new([name.to_owned()]).expect("a name")
}

fn expired() -> CertificateParams {
    let mut params = named(NAME);
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
    params
}

fn self_signed() -> Certified {
    let key = KeyPair::generate().expect("a key");
    (named(NAME).self_signed(&key).expect("signed").der().clone(), private(&key))
}

fn private(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivatePkcs8KeyDer::from(key.serialize_der()).into()
}

/// A server that says of itself what an issuer says, to whoever accepts its certificate.
struct Server {
    issuer: String,
    /// Requests that were read.
    requests: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    async fn start((certificate, key): Certified) -> Self {
        let config =
            ServerConfig::builder_with_provider(rustls::crypto::aws_lc_rs::default_provider().into());
        let config = config.with_safe_default_protocol_versions().expect("versions").with_no_client_auth();
        let config = config.with_single_cert(vec![certificate], key).expect("a certificate");
        let (acceptor, requests) = (TlsAcceptor::from(Arc::new(config)), Arc::new(AtomicUsize::new(0)));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let issuer = format!("https://{NAME}:{}", listener.local_addr().expect("bound").port());
        let (count, says) = (Arc::clone(&requests), metadata(&issuer));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(acceptor.clone(), stream, says.clone(), Arc::clone(&count)));
            }
        });
        Self { issuer, requests, task }
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

fn metadata(issuer: &str) -> String {
    let says = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "code_challenge_methods_supported": ["S256"],
    })
    .to_string();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ";
    format!("{head}{}\r\n\r\n{says}", says.len())
}

async fn answer(acceptor: TlsAcceptor, stream: TcpStream, says: String, count: Arc<AtomicUsize>) {
    let Ok(mut stream) = acceptor.accept(stream).await else { return };
    let mut head = [0; 4096];
    if stream.read(&mut head).await.is_ok_and(|bytes| bytes > 0) {
        count.fetch_add(1, Ordering::SeqCst);
        let _ = stream.write_all(says.as_bytes()).await;
        let _ = stream.shutdown().await;
    }
}

fn add(keylodge: &Keylodge, id: &str, server: &Server) -> Result<Answer, CallError> {
    let source = ProviderSource::Issuer { issuer: server.issuer.clone(), api: None };
    keylodge.try_ask(Request::ProviderAdd { id: id.to_owned(), name: "The House".to_owned(), source })
}

/// A certificate that does not hold ends the conversation before a word is said, and the person hears why (UC-11). Over the
/// one that does, a whole handshake leaves no key log, whatever the environment says (UPS-13).
#[tokio::test(flavor = "multi_thread")]
async fn uc_11_ups_13_only_good_certificates_are_spoken_to_and_no_keys_are_written_down() {
    let (authority, folder) = (Authority::new(), std::env::temp_dir());
    let of_us = |what: &str| folder.join(format!("keylodge-{what}-{}", std::process::id()));
    let (roots, key_log) = (of_us("roots.pem"), of_us("tls-keys"));
    std::fs::write(&roots, authority.0.pem()).expect("written");
    let environment = [("SSL_CERT_FILE", &roots), ("SSLKEYLOGFILE", &key_log)];
    let environment = environment.map(|(name, path)| (name.to_owned(), path.display().to_string()));
    let keylodge = Keylodge::with(Setting { environment: environment.to_vec(), ..Setting::default() });
    for (certified, says) in [
        (self_signed(), "was signed by nobody whom this computer trusts"),
        (authority.signs(&expired()), "has expired"),
        (authority.signs(&named("elsewhere.example")), "is for another name"),
    ] {
        let server = Server::start(certified).await;
        match add(&keylodge, "bad", &server) {
            Err(CallError::Refused(failure)) => {
                assert!(failure.sentence.contains(says), "{says}: {failure:?}\n{}", keylodge.log());
            }
            other => panic!("{says}: {other:?}"),
        }
        assert_eq!(server.requests(), 0, "{says}");
    }
    let good = Server::start(authority.signs(&named(NAME))).await;
    let added = add(&keylodge, "good", &good);
    assert!(matches!(added, Ok(Answer::Provider(_))), "{added:?}\n{}", keylodge.log());
    assert!(good.requests() > 0, "the same roots, the same client: only the certificate differs");
    assert!(!key_log.exists(), "no keys were written down");
    std::fs::remove_file(roots).expect("removed");
}
