-- add_user --
INSERT INTO users (email, email_key, name, password_hash)
VALUES (%(email)s, %(email_key)s, %(name)s, %(password_hash)s)
    ON CONFLICT (email_key) DO NOTHING
RETURNING id

-- change_profile --
UPDATE users SET name = %(name)s, locale = %(locale)s WHERE id = %(user_id)s

-- companies --
SELECT c.company_id, c.name, c.role FROM companies_of_user(%(user_id)s) AS c
