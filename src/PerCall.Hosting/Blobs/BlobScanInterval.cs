namespace PerCall.Hosting.Blobs;

/// <summary>Time between two scans: at least the shortest, and longer when listing takes long, so that listing takes a fifth of the time at most.</summary>
internal sealed record BlobScanInterval(TimeSpan Shortest)
{
    private const int RestPerScan = 4;

    /// <param name="scan">Time that the last scan took.</param>
    /// <param name="notifying">Part of it that went into messages for blobs it found. Where there is much to do, the next scan is not put off for that.</param>
    public TimeSpan After(TimeSpan scan, TimeSpan notifying)
    {
        var rest = (scan - notifying) * RestPerScan;
        return rest > Shortest ? rest : Shortest;
    }
}
