-- +goose Up
-- Grounds that no feed tells of are deleted a day after they have lapsed; the
-- trail keeps what they opened.
GRANT DELETE ON relationships TO icr_server;
