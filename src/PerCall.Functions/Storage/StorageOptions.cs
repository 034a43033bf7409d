namespace PerCall.Functions.Storage;

/// <summary>Section <c>PerCall:Storage</c>.</summary>
internal sealed class StorageOptions
{
    public const string Section = "PerCall:Storage";

    /// <summary>
    /// Make the tables, containers and queues that are not there at start. False: look that they are there, which an identity can that has been let into each of them and not into the account.
    /// </summary>
    public bool Create { get; set; } = true;
}
