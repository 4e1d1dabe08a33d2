-- +goose Up
-- Nobody asks for all of an organisation's patients: to weigh so many numbers
-- took PostgreSQL longer than to ask about each row of a page.
DROP FUNCTION audit.own_patients();
