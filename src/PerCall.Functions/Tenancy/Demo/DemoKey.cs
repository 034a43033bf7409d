namespace PerCall.Functions.Tenancy.Demo;

/// <summary>The key of the tenant that is there in development.</summary>
public sealed class DemoKey
{
    public const string Setting = "PERCALL_DEMO_KEY";

    /// <summary>Null where there is none: outside of development, or where no keys are asked for.</summary>
    public string? Text { get; set; }
}
