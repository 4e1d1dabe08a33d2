-- +goose Up
-- Items are marked by another hash: by the old marks everything would be new.
DELETE FROM shown;
