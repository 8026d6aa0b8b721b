-- is_member --
SELECT EXISTS (SELECT
                 FROM memberships m
                 JOIN users u ON u.id = m.user_id
                WHERE m.company_id = %(company_id)s AND u.email_key = %(email_key)s)

-- withdraw --
UPDATE invitations
   SET revoked_at = now()
 WHERE company_id = %(company_id)s AND email_key = %(email_key)s
   AND accepted_at IS NULL AND revoked_at IS NULL

-- add --
INSERT INTO invitations
       (company_id, email, email_key, role, warehouse_ids, secret_hash, created_by, expires_at)
VALUES (%(company_id)s, %(email)s, %(email_key)s, %(role)s, %(warehouse_ids)s, %(secret_hash)s,
        %(created_by)s, now() + interval '7 days')
RETURNING id

-- renew --
UPDATE invitations
   SET secret_hash = %(secret_hash)s, created_by = %(created_by)s,
       expires_at = now() + interval '7 days'
 WHERE company_id = %(company_id)s AND id = %(id)s

-- revoke --
UPDATE invitations SET revoked_at = now() WHERE company_id = %(company_id)s AND id = %(id)s

-- shown --
SELECT i.company_id, c.name AS company_name, i.email, i.role,
       EXISTS (SELECT FROM users u WHERE u.email_key = i.email_key) AS is_known
  FROM invitations i
  JOIN companies c ON c.id = %(company_id)s
 WHERE i.company_id = %(company_id)s AND i.secret_hash = %(secret_hash)s
   AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now()

-- claim --
UPDATE invitations
   SET accepted_at = now()
 WHERE company_id = %(company_id)s AND secret_hash = %(secret_hash)s
   AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > now()
RETURNING id, email, email_key, role, warehouse_ids, created_by

-- inviter --
SELECT m.role, m.warehouse_ids
  FROM memberships m
 WHERE m.company_id = %(company_id)s AND m.user_id = %(user_id)s

-- join --
INSERT INTO memberships (company_id, user_id, email, name, role, warehouse_ids)
VALUES (%(company_id)s, %(user_id)s, %(email)s, %(name)s, %(role)s, %(warehouse_ids)s)

-- sent_lately --
-- As the audit log has them: an invitation that was replaced or sent again counts each time.
SELECT count(*)
  FROM (SELECT
          FROM audit_entries
         WHERE company_id = %(company_id)s AND entity = 'invitation'
           AND action IN ('created', 'sent again') AND occurred_at > now() - interval '1 day'
         LIMIT %(most)s) AS lately
