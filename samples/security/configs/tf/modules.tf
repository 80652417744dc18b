module "orders" {
  source = "./modules/queue"
  name   = "orders"
}

module "bills" {
  source = "./modules/queue"
  for_each = {
    new = "bills-new"
    old = "bills-old"
  }
  name = each.value
}
