namespace PerCall.Functions.Telemetry;

/// <summary>Section <c>PerCall:Telemetry</c>.</summary>
public sealed class TelemetryOptions
{
    public const string Section = "PerCall:Telemetry";

    /// <summary>
    /// Whether the metrics of .NET's runtime (<c>dotnet.*</c>) and of the process are recorded when the service sends to Application
    /// Insights. There they cost dozens of records per minute and instance. Without Application Insights they are always recorded.
    /// </summary>
    public bool RuntimeMetrics { get; set; }
}
