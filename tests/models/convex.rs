//! Convex's client as far as authentication goes, transcribed from convex 1.48: `authentication_manager.ts`,
//! `web_socket_manager.ts`, `local_state.ts` and `request_manager.ts` in `src/browser/sync`. The server runs mutations
//! as whoever the connection is authenticated as. Its timers may fire at any moment, so they are not kept.

/// One call of a fetcher.
pub type Call = u32;

/// Who a token is for, and under which name the shell knows its text; 0: not any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Token {
    pub of: usize,
    pub id: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Auth {
    Nobody,
    WaitingForCached,
    InitialRefetch,
    WaitingForFresh,
    Scheduled,
    NotRefetching,
}

/// What goes on once the fetcher has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Then {
    SetConfig,
    /// `refetchToken`; true: `setConfig` waits for it, and resumes the socket after it.
    Refetch(bool),
    Reauthenticate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Socket {
    Disconnected,
    Connecting {
        paused: bool,
    },
    Ready,
    Paused,
    /// Paused before it was open: nothing has been sent yet.
    Uninitialized,
    Stopped,
}

/// A mutation that has not been answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mutation {
    /// Whom the client was armed for when it was called.
    pub by: Option<usize>,
    /// The client was, or was about to be, authenticated then.
    pub expects: bool,
    /// Sent on this connection, and as whom the server takes it.
    pub sent: Option<Option<usize>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Client {
    pub auth: Auth,
    /// The fetcher of the configuration.
    pub arm: u32,
    /// The call whose answer still counts: `configVersion`.
    pub fetch: Option<(Call, Then)>,
    /// Calls that no longer count, but after which `setConfig` resumes the socket.
    pub resumes: Vec<Call>,
    /// `stopSocket` is awaited, after which a token is fetched.
    pub closing: bool,
    pub socket: Socket,
    pub local: Option<Token>,
    /// Whom the server takes this connection for, and whether it has said so.
    pub server: Option<usize>,
    pub confirmed: bool,
    pub attempts: u8,
    pub mutations: Vec<Mutation>,
}

/// The client calls its fetcher.
pub struct Fetch {
    pub arm: u32,
    pub forced: bool,
    pub then: Then,
}

impl Client {
    pub fn new() -> Self {
        Self {
            auth: Auth::Nobody,
            arm: 0,
            fetch: None,
            resumes: Vec::new(),
            closing: false,
            socket: Socket::Connecting { paused: false },
            local: None,
            server: None,
            confirmed: true,
            attempts: 0,
            mutations: Vec::new(),
        }
    }

    /// `setAuth`.
    pub fn set_auth(&mut self, arm: u32) -> Fetch {
        self.set_state(Auth::Nobody);
        self.arm = arm;
        self.socket = match self.socket {
            Socket::Connecting { .. } => Socket::Connecting { paused: true },
            Socket::Ready => Socket::Paused,
            other => other,
        };
        Fetch { arm, forced: false, then: Then::SetConfig }
    }

    /// A call has been made; whatever was awaited before no longer counts.
    pub fn calls(&mut self, call: Call, then: Then) {
        if let Some((before, Then::Refetch(true))) = self.fetch.replace((call, then)) {
            self.resumes.push(before);
        }
    }

    /// The fetcher has answered.
    pub fn answered(&mut self, call: Call, token: Option<Token>) -> Option<Fetch> {
        let (_, then) = self.fetch.filter(|(current, _)| *current == call)?;
        self.fetch = None;
        let is_new = token.is_some_and(|token| self.local.is_none_or(|local| local.id == 0 || local != token));
        match (then, token) {
            (Then::SetConfig, Some(token)) => {
                self.set_state(Auth::WaitingForCached);
                self.authenticate(token);
                self.resume();
            }
            (Then::SetConfig, None) => {
                self.set_state(Auth::InitialRefetch);
                return Some(Fetch { arm: self.arm, forced: true, then: Then::Refetch(true) });
            }
            (Then::Refetch(resumes), _) => {
                match token {
                    Some(token) if is_new => {
                        self.set_state(Auth::WaitingForFresh);
                        self.authenticate(token);
                    }
                    Some(_) => self.set_state(Auth::NotRefetching),
                    None => {
                        if self.local.is_some() {
                            self.clear_auth();
                        }
                        self.set_state(Auth::Nobody);
                    }
                }
                self.restart();
                if resumes {
                    self.resumes.push(call);
                }
            }
            (Then::Reauthenticate, _) => {
                match token.filter(|_| is_new) {
                    Some(token) => {
                        self.authenticate(token);
                        self.set_state(Auth::WaitingForFresh);
                    }
                    None => {
                        self.local = None;
                        self.set_state(Auth::Nobody);
                    }
                }
                self.restart();
            }
        }
        None
    }

    /// Another turn of promises later: `setConfig` goes on after `refetchToken`.
    pub fn resumed(&mut self, call: Call) {
        if let Some(index) = self.resumes.iter().position(|other| *other == call) {
            self.resumes.remove(index);
            self.resume();
        }
    }

    /// The server has taken the newest token.
    pub fn confirm(&mut self) -> Option<Fetch> {
        self.confirmed = true;
        match self.auth {
            Auth::WaitingForCached => return Some(Fetch { arm: self.arm, forced: true, then: Then::Refetch(false) }),
            Auth::WaitingForFresh => self.set_state(Auth::Scheduled),
            _ => {}
        }
        None
    }

    /// The server refuses the token of the connection, and hangs up. `update`: a token that has just been sent.
    pub fn refuse(&mut self, update: bool) {
        let waits = matches!(self.auth, Auth::WaitingForCached | Auth::WaitingForFresh);
        if !update && waits || self.auth == Auth::Nobody {
            if self.auth == Auth::Nobody {
                self.local = None;
            }
            return self.disconnect();
        }
        if self.auth == Auth::WaitingForFresh {
            self.attempts += 1;
        }
        self.socket = Socket::Stopped;
        self.lose_connection();
        self.closing = true;
    }

    /// The socket is closed at last.
    pub fn closed(&mut self) -> Option<Fetch> {
        self.closing = false;
        let known = self.auth != Auth::Nobody;
        known.then_some(Fetch { arm: self.arm, forced: true, then: Then::Reauthenticate })
    }

    /// Convex's timer.
    pub fn refetch(&self) -> Fetch {
        Fetch { arm: self.arm, forced: true, then: Then::Refetch(false) }
    }

    pub fn disconnect(&mut self) {
        if self.local.is_none() {
            // A dropped connection forgets that it was paused, and the next sends everything without a token.
            self.mutations.iter_mut().for_each(|mutation| mutation.expects = false);
        }
        self.socket = Socket::Disconnected;
        self.lose_connection();
    }

    pub fn connect(&mut self) {
        self.socket = Socket::Connecting { paused: false };
    }

    pub fn open(&mut self) {
        if self.socket == (Socket::Connecting { paused: true }) {
            self.socket = Socket::Uninitialized;
        } else {
            self.on_open();
        }
    }

    /// `clearAuth` of the client.
    pub fn clear_auth(&mut self) {
        self.local = None;
        if self.socket == Socket::Ready {
            (self.server, self.confirmed) = (None, true);
        }
    }

    pub fn mutate(&mut self, by: Option<usize>) {
        // A socket that is down when `setAuth` is called is not held back until there is a token.
        let free = matches!(self.socket, Socket::Disconnected | Socket::Connecting { paused: false } | Socket::Ready);
        let expects = (self.auth != Auth::Nobody || self.fetch.is_some()) && (self.local.is_some() || !free);
        let sent = (self.socket == Socket::Ready).then_some(self.server);
        self.mutations.push(Mutation { by, expects, sent });
    }

    fn authenticate(&mut self, token: Token) {
        self.local = Some(token);
        if self.socket == Socket::Ready {
            (self.server, self.confirmed) = (Some(token.of), false);
        }
    }

    fn set_state(&mut self, auth: Auth) {
        self.auth = auth;
        if matches!(auth, Auth::Scheduled | Auth::NotRefetching | Auth::Nobody) {
            self.attempts = 0;
        }
    }

    fn resume(&mut self) {
        match self.socket {
            Socket::Connecting { .. } => self.socket = Socket::Connecting { paused: false },
            Socket::Uninitialized => self.on_open(),
            Socket::Paused => {
                self.socket = Socket::Ready;
                if let Some(token) = self.local {
                    (self.server, self.confirmed) = (Some(token.of), false);
                }
                self.send_all(false);
            }
            _ => {}
        }
    }

    fn restart(&mut self) {
        if self.socket == Socket::Stopped {
            self.connect();
        }
    }

    fn on_open(&mut self) {
        self.socket = Socket::Ready;
        self.server = self.local.map(|token| token.of);
        self.confirmed = self.local.is_none();
        self.send_all(true);
    }

    fn send_all(&mut self, again: bool) {
        for mutation in self.mutations.iter_mut().filter(|mutation| again || mutation.sent.is_none()) {
            mutation.sent = Some(self.server);
        }
    }

    fn lose_connection(&mut self) {
        (self.server, self.confirmed) = (None, true);
        self.mutations.iter_mut().for_each(|mutation| mutation.sent = None);
    }
}
