using System.Text.RegularExpressions;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Tenancy;

namespace PerCall.Functions.Batches.Uploads;

/// <summary>
/// Where an uploaded file lies, which says what is to be done with it: <c>&lt;account&gt;/&lt;task&gt;/&lt;model&gt;/&lt;file&gt;</c>. A
/// model's version or alias stands behind an <c>@</c>.
/// </summary>
public readonly partial record struct InboxPath(string Account, string Task, string Model, string File)
{
    public const string Container = "inbox";
    public const string Pattern = Container + "/{account}/{task}/{model}/{name}";

    /// <summary>The model as calls name it.</summary>
    public string Reference => Model.Replace('@', '/');

    /// <summary>Whether it was sent to an address that the service gave out, and so has a note.</summary>
    public bool IsOfAnAddress => OfAnAddress().IsMatch(File);

    /// <summary>Null: the blob lies somewhere else.</summary>
    public static InboxPath? Of(string blob)
    {
        var parts = blob.Split('/', 4);
        return parts.Length == 4 && parts.All(p => p.Length > 0) && Ids.IsAccount(parts[0]) ? new(
            parts[0], parts[1], parts[2], parts[3]) : null;
    }

    /// <param name="account">Whose. Not the tenant's id, which says nothing of who had it before.</param>
    /// <param name="task">By name.</param>
    /// <param name="model">As calls name it.</param>
    /// <param name="id">16 hexadecimal digits, so that a file of the same name is another one.</param>
    /// <param name="fileName">The file's own name.</param>
    public static string NameOf(string account, string task, string model, string id, string fileName) =>
        $"{account}/{task}/{model.Replace('/', '@')}/up-{id}-{FileStore.Escape(fileName)}";

    [GeneratedRegex("^up-[0-9a-f]{16}-")]
    private static partial Regex OfAnAddress();
}
