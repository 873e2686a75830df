# The archive mirror in Azure and the statistics in Google Cloud.
resource "azurerm_storage_account" "mirror" {
  name                            = "ledgerlymirror"
  resource_group_name             = "ledgerly"
  location                        = "germanywestcentral"
  account_tier                    = "Standard"
  account_replication_type        = "GRS"
  https_traffic_only_enabled      = false
  min_tls_version                 = "TLS1_2"
  allow_nested_items_to_be_public = false
  shared_access_key_enabled       = false
  public_network_access_enabled   = true

  network_rules {
    default_action = "Deny"
    ip_rules       = ["198.51.100.24"]
  }
}

resource "azurerm_storage_account" "drafts" {
  name                            = "ledgerlydrafts"
  resource_group_name             = "ledgerly"
  location                        = "germanywestcentral"
  account_tier                    = "Standard"
  account_replication_type        = "GRS"
  https_traffic_only_enabled      = true
  min_tls_version                 = "TLS1_2"
  allow_nested_items_to_be_public = false
  shared_access_key_enabled       = false
  public_network_access_enabled   = false

  network_rules {
    default_action = "Deny"
  }
}

resource "google_storage_bucket" "statistics" {
  name                        = "ledgerly-statistics"
  location                    = "EU"
  uniform_bucket_level_access = true

  versioning {
    enabled = true
  }
}

resource "google_storage_bucket_iam_member" "statistics_readers" {
  bucket = google_storage_bucket.statistics.name
  role   = "roles/storage.objectViewer"
  member = "allUsers"
}

resource "google_storage_bucket" "forecasts" {
  name                        = "ledgerly-forecasts"
  location                    = "EU"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }
}

resource "google_storage_bucket_iam_member" "forecast_readers" {
  bucket = google_storage_bucket.forecasts.name
  role   = "roles/storage.objectViewer"
  member = "group:finance@ledgerly.test"
}
