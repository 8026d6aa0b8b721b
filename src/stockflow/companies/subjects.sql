-- names --
-- By table name: most of these are of features above this one. Threshold entries are about their product.
WITH asked AS (
    SELECT * FROM unnest(%(entities)s::text[], %(ids)s::bigint[]) AS a (entity, id)
)
SELECT a.entity, a.id, t.sku AS name FROM asked a JOIN products t ON t.company_id = %(company_id)s AND t.id = a.id
 WHERE a.entity IN ('product', 'threshold')
UNION ALL
SELECT a.entity, a.id, t.name FROM asked a JOIN categories t ON t.company_id = %(company_id)s AND t.id = a.id
 WHERE a.entity = 'category'
UNION ALL
SELECT a.entity, a.id, t.code FROM asked a JOIN warehouses t ON t.company_id = %(company_id)s AND t.id = a.id
 WHERE a.entity = 'warehouse'
UNION ALL
SELECT a.entity, a.id, t.name FROM asked a JOIN suppliers t ON t.company_id = %(company_id)s AND t.id = a.id
 WHERE a.entity = 'supplier'
UNION ALL
SELECT a.entity, a.id, t.name FROM asked a JOIN customers t ON t.company_id = %(company_id)s AND t.id = a.id
 WHERE a.entity = 'customer'
UNION ALL
SELECT a.entity, a.id, t.number FROM asked a JOIN purchase_orders t ON t.company_id = %(company_id)s AND t.id = a.id
 WHERE a.entity = 'purchase_order'
UNION ALL
SELECT a.entity, a.id, t.number FROM asked a JOIN sales_orders t ON t.company_id = %(company_id)s AND t.id = a.id
 WHERE a.entity = 'sales_order'
UNION ALL
SELECT a.entity, a.id, t.number FROM asked a JOIN transfers t ON t.company_id = %(company_id)s AND t.id = a.id
 WHERE a.entity = 'transfer'
UNION ALL
SELECT a.entity, a.id, t.number FROM asked a JOIN stock_counts t ON t.company_id = %(company_id)s AND t.id = a.id
 WHERE a.entity = 'stock_count'
UNION ALL
SELECT a.entity, a.id, t.number FROM asked a JOIN adjustment_requests t ON t.company_id = %(company_id)s AND t.id = a.id
 WHERE a.entity = 'adjustment_request'
UNION ALL
SELECT a.entity, a.id, t.name FROM asked a JOIN api_keys t ON t.company_id = %(company_id)s AND t.id = a.id
 WHERE a.entity = 'api_key'
UNION ALL
SELECT a.entity, a.id, t.name FROM asked a JOIN memberships t ON t.company_id = %(company_id)s AND t.user_id = a.id
 WHERE a.entity = 'member'
UNION ALL
SELECT a.entity, a.id, t.email FROM asked a JOIN invitations t ON t.company_id = %(company_id)s AND t.id = a.id
 WHERE a.entity = 'invitation'
UNION ALL
SELECT a.entity, a.id, t.filename FROM asked a JOIN imports t ON t.company_id = %(company_id)s AND t.id = a.id
 WHERE a.entity = 'import'
UNION ALL
SELECT a.entity, a.id, t.name FROM asked a JOIN companies t ON t.id = %(company_id)s
 WHERE a.entity = 'company'
