//! Prints the description of the HTTP API: `http_api markdown` or `http_api openapi` (see `make docs`).

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("markdown") => print!("{}", loopback::http_api_markdown()),
        Some("openapi") => println!("{:#}", loopback::http_api_openapi()),
        _ => eprintln!("usage: http_api markdown|openapi"),
    }
}
