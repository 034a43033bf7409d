using System.Diagnostics;

namespace PerCall.Functions.Telemetry;

/// <summary>
/// Which process records requests. A Functions host records a request for each call and each message by itself. The spans of its worker
/// are then internal parts of that request, so that nothing is recorded as a request twice.
/// </summary>
/// <param name="OfHost">Whether a Functions host runs this process.</param>
public sealed record RequestSpans(bool OfHost)
{
    public ActivityKind Http => OfHost ? ActivityKind.Internal : ActivityKind.Server;

    public ActivityKind Message => OfHost ? ActivityKind.Internal : ActivityKind.Consumer;
}
