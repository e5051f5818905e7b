"""What every service shares: the domain, the wire, the sources, the store, the transport and the telemetry."""
