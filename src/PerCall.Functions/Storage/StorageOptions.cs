namespace PerCall.Functions.Storage;

/// <summary>Section <c>PerCall:Storage</c>.</summary>
public sealed class StorageOptions
{
    public const string Section = "PerCall:Storage";

    /// <summary>
    /// Make the tables, containers and queues that are not there at start. False: the start looks that they are there and names what is
    /// missing, which needs no role on the whole account; so in Azure, where <c>infra/</c> makes them.
    /// </summary>
    public bool Create { get; set; } = true;
}
