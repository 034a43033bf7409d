using System.Globalization;
using System.Xml.Linq;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.AspNetCore.DataProtection.Repositories;
using PerCall.Functions.Storage;

namespace PerCall.Functions.Transfers;

/// <summary>
/// Keeps the keys of data protection as blobs, named by number. They are not encrypted by another key: with them one can write and read
/// single blobs of the account in which they are, and whoever can read them there can do so anyway.
/// </summary>
public sealed class TicketKeys(BlobContainerClient container) : IXmlRepository
{
    public const string Container = "transfers";

    private int _count;

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        List<XElement> keys = [];
        foreach (var blob in container.GetBlobs())
        {
            keys.Add(XElement.Parse(container.GetBlobClient(blob.Name).DownloadContent().Value.Content.ToString()));
        }

        _count = keys.Count;
        return keys;
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        try
        {
            container.GetBlobClient(_count.ToString("000000", CultureInfo.InvariantCulture)).Upload(
                BinaryData.FromString(element.ToString(SaveOptions.DisableFormatting)),
                new BlobUploadOptions { Conditions = new() { IfNoneMatch = ETag.All } });
        }
        catch (RequestFailedException e) when (e.IsWriteConflict())
        {
            // Another instance has made the next key. Data protection reads all keys again, and uses that one. With a key of each, an
            // instance would not know the other's for a day.
        }
    }
}
