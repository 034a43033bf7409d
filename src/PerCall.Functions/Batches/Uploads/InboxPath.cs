using System.Text.RegularExpressions;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Tenancy;

namespace PerCall.Functions.Batches.Uploads;

/// <summary>
/// The path of an uploaded file, which determines its job: <c>&lt;account&gt;/&lt;task&gt;/&lt;model&gt;/&lt;file&gt;</c>. A model's
/// version or alias follows an <c>@</c>.
/// </summary>
public readonly partial record struct InboxPath(string Account, string Task, string Model, string File)
{
    public const string Container = "inbox";
    public const string Pattern = Container + "/{account}/{task}/{model}/{name}";

    /// <summary>Returns the model reference in the form that calls use.</summary>
    public string Reference => Model.Replace('@', '/');

    /// <summary>Returns whether the file was sent to an upload address of the service and so has a note.</summary>
    public bool IsOfAnAddress => OfAnAddress().IsMatch(File);

    /// <summary>Parses a blob name; null: the name is not an inbox path.</summary>
    public static InboxPath? Of(string blob)
    {
        var parts = blob.Split('/', 4);
        return parts.Length == 4 && parts.All(p => p.Length > 0) && Ids.IsAccount(parts[0]) ? new(
            parts[0], parts[1], parts[2], parts[3]) : null;
    }

    /// <param name="account">The account. The tenant's id is not used, because it does not show who had it before.</param>
    /// <param name="task">The task's name.</param>
    /// <param name="model">The model reference in the form that calls use.</param>
    /// <param name="id">16 hexadecimal digits that distinguish files with the same name.</param>
    /// <param name="fileName">The file's own name.</param>
    public static string NameOf(string account, string task, string model, string id, string fileName) =>
        $"{account}/{task}/{model.Replace('/', '@')}/up-{id}-{FileStore.Escape(fileName)}";

    [GeneratedRegex("^up-[0-9a-f]{16}-")]
    private static partial Regex OfAnAddress();
}
