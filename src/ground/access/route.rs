//! Routes of a slice, each with its need; what the whole table says of a path.

use std::collections::HashMap;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{get, patch, post};

use super::Need;
use crate::state::App;

/// Says of a request that a file of its form may be as large as all of them together.
#[derive(Clone, Copy, Debug)]
pub struct LargeFiles;

/// Routes of a slice, each with its need.
#[derive(Default)]
pub struct Routes {
    router: Router<App>,
    needs: Vec<(Method, String, Need)>,
}

impl Routes {
    /// No routes yet.
    pub fn new() -> Routes {
        Routes::default()
    }

    /// A page or document.
    pub fn get<H, T>(mut self, path: &str, need: Need, handler: H) -> Routes
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.needs.push((Method::GET, path.to_owned(), need));
        self.router = self.router.route(path, get(handler));
        self
    }

    /// A form without files (at most 2 MB).
    pub fn post<H, T>(mut self, path: &str, need: Need, handler: H) -> Routes
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.needs.push((Method::POST, path.to_owned(), need));
        self.router = self.router.route(path, post(handler));
        self
    }

    /// A change that a program sends (at most 2 MB).
    pub fn patch<H, T>(mut self, path: &str, need: Need, handler: H) -> Routes
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.needs.push((Method::PATCH, path.to_owned(), need));
        self.router = self.router.route(path, patch(handler));
        self
    }

    /// A form with files (at most 100 MB in all).
    pub fn post_files<H, T>(mut self, path: &str, need: Need, handler: H) -> Routes
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.needs.push((Method::POST, path.to_owned(), need));
        self.router = self.router.route(path, post(handler).layer(DefaultBodyLimit::max(104 * 1024 * 1024)));
        self
    }

    /// A form with files of which one may be as large as all together (100 MB).
    pub fn post_large<H, T>(mut self, path: &str, need: Need, handler: H) -> Routes
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.needs.push((Method::POST, path.to_owned(), need));
        let limits = (DefaultBodyLimit::max(104 * 1024 * 1024), axum::Extension(LargeFiles));
        self.router = self.router.route(path, post(handler).layer(limits));
        self
    }

    /// Adds another slice's routes.
    pub fn merge(mut self, other: Routes) -> Routes {
        self.needs.extend(other.needs);
        self.router = self.router.merge(other.router);
        self
    }

    /// The table of routes, for the snapshot.
    pub fn needs(&self) -> &[(Method, String, Need)] {
        &self.needs
    }

    /// The router alone.
    pub fn into_router(self) -> Router<App> {
        self.router
    }
}

/// What every route of the program asks of its caller, held in memory.
pub struct Needs {
    by_route: HashMap<(Method, String), Need>,
    /// What stands before a secret in an address: `/lien-ket/`.
    secrets: Vec<String>,
}

impl Needs {
    /// Of all routes.
    pub fn of(routes: &Routes) -> Needs {
        let mut secrets: Vec<String> =
            routes.needs.iter().filter_map(|(_, path, _)| Some(path.split_once("{secret}")?.0.to_owned())).collect();
        secrets.sort();
        secrets.dedup();
        Needs { by_route: routes.needs.iter().map(|(method, path, need)| ((method.clone(), path.clone()), *need)).collect(), secrets }
    }

    /// A path as the log may hold it: one-time links and the pages of portals carry a secret in theirs.
    pub fn logged(&self, path: &str) -> String {
        match self.secrets.iter().find(|before| path.starts_with(before.as_str())) {
            Some(before) => format!("{before}…"),
            None => path.to_owned(),
        }
    }
}

impl App {
    /// What a route asks of its caller. None: the route declares nothing and is closed.
    pub fn need(&self, method: &Method, path: &str) -> Option<Need> {
        let needs = &self.held::<Needs>().by_route;
        let asked = if *method == Method::HEAD { &Method::GET } else { method };
        if let Some(need) = needs.get(&(asked.clone(), path.to_owned())) {
            return Some(*need);
        }
        // a known path with another method: the router answers 405
        needs.keys().any(|(_, known)| known == path).then_some(Need::Public)
    }
}
